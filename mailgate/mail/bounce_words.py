"""The words of mail systems that could not deliver, or still try, in twenty languages. `bounce_texts.py` judges.

No pattern holds an unbounded repetition, so that reading stays linear."""

from __future__ import annotations

import re
from typing import Final

from mailgate.mail.accents import with_or_without

DAEMON = re.compile(
    r"mailer[-_. ]?daemon|mail[-_. ]?daemon|mdaemon|mail ?(?:delivery|router|system)|mail[-_.]delivery"
    r"|mail deliver|delivery (?:sub)?system"
    r"|system attendant|smtp (?:server|gateway|agent)|smtp[-_ ]?mail"
    r"|(?<![\w.])(?:smtp|mailer|lmail)@|qmail-send|mmdf|exchange server"
    r"|microsoft ?exchange"
    r"|internet mail (?:service|delivery)|(?<![\w.])bounces?[@+-]|-bounces?[@+]"
    r"|mail transport|pmdf|delivery (?:report|notif"
    r"|status|agent|service)"
    r"|no-?reply@sns\.amazonaws|mailsweeper|mimesweeper|deamon\(",
    re.IGNORECASE,
)
# No person has such an address, whatever program the report went through.
DAEMON_ITSELF = re.compile(
    r"(?:mailer|mail)[-_.]?daemon[\w.+-]{0,60}@|mailer-daemon\b(?!@)|microsoftexchange[0-9a-f]{32}@", re.IGNORECASE
)
# People sit behind these too: their mail is a report only if it looks like one.
OFFICE = re.compile(
    r"post[-_]?master|administrat(?:or|eur|ore|ador)|mail[-_.]?admin|mailadm|majordomo|auto-?reply@"
    r"|antivirus|mail ?gateway"
    r"|groupwise|symantec|trend ?micro|notification@|mailmaster|mailscanner|messaging server"
    r"|mail server|no-?reply@|server@|^notes|root@",
    re.IGNORECASE,
)
SYSTEM = re.compile(
    r"(?:post[-_]?master|daemon|system|(?<![\w.])bounces?|-bounces?|admin\w{0,10})[\w.+-]{0,60}@", re.IGNORECASE
)
MASTER = re.compile(r"post[-_]?master", re.IGNORECASE)
SUBJECT = with_or_without(
    r"undeliver(?:able|ed)|non[- ]?deliver(?:able|ed|y)|not (?:be )?deliver(?:ed|able)|delivery (?:status"
    r"|failure|failed|report|error|problem|unsuccessful|has failed|warning|notification|delayed"
    r"|incomplete|attempts)"
    r"|fail(?:ure|ed)? (?:notice|delivery|mail|to deliver|delivering|report)|returned (?:mail|message"
    r"|to sender|email|e-mail)|mail (?:delivery|system error|status report|failure|error|could not"
    r"|not delivered)|message (?:delivery|delayed|not delivered|undeliverable|could not|status"
    r"|rejected|you sent)"
    r"|(?:message|mail|e-?mail).{0,30}(?:blocked|refused|stopped|returned)|error sending (?:message|mail)"
    r"|e-?mail.{0,30}undeliver"
    r"|(?:blocked|refused|returned) (?:message|mail|e-?mail)"
    r"|undeliverable|delayed|could(?: not|n't) (?:be )?(?:deliver|send|sent)|(?:could|can)not send"
    r"|can't (?:be )?deliver|unable to deliver|user unknown|unknown (?:user|address|recipient)"
    r"|bounced?|nondeliverable|rejected|warning: |notification d'état|failure|delivery"
    r"|unzustellbar|nicht zugestellt|zustell(?:ung|fehler|barkeit|status)|rückläufer|mail.?fehler"
    r"|(?:e-?mail|nachricht) .{0,40}(?:abgelehnt|zurückgewiesen|blockiert)|message .{0,30}(?:refusé|rejeté|bloqué)"
    r"|(?:correo|mensaje) .{0,30}(?:rechazad|bloquead)|messaggio .{0,30}(?:rifiutat|bloccat|respint)|fehler bei der"
    r"|mensagem .{0,30}(?:rejeitad|recusad|bloquead)|(?:bericht|e-mail) .{0,30}(?:geweigerd|geblokkeerd)"
    r"|e-?mail abgelehnt"
    r"|pas été (?:remis|distribu|délivr)|n'a pu être|non remis|non distribu|non délivr|échec"
    r"|notification de (?:la )?(?:remise|distribution)"
    r"|état de (?:la )?(?:remise|distribution)|no (?:se ha )?(?:podido )?entreg|no entregad|devuelto"
    r"|devolvid|não entreg|non recapit|mancat[ao]|mancata consegna|impossibile (?:recapitare"
    r"|consegnare)"
    r"|onbestelbaar|niet (?:bezorgd|afgeleverd)|kunde inte levereras|ikke leveres|kunne ikke"
    r"|ikke afleveret|toimittami|ei voitu|niedostarcz|nie dostarcz|zwrot|nedoruč|nelze doruč"
    r"|не доставлен|недоставлен|не удалось|не доставлено|teslim edilemedi|iletilemedi"
    r"|退信|退件|退回|无法(?:投递|送达|传递)|無法(?:投遞|傳遞|送達)|未送达|系统退信|配信(?:不能"
    r"|エラー|失敗|できません)|(?:メール|メッセージ).{0,10}(?:届"
    r"|送信|配信)(?:き|信)?(?:ません|でき|エラー)|送信(?:エラー|できません|失敗)|不達|宛先不明"
    r"|エラーメール|배달(?:되지| 실패|할 수)|전송 ?(?:실패|되지)"
    r"|반송|kézbesít|μη παραδοτέ|αποτυχία παράδοσης|nelivra|imposibil de livrat|nebolo možné|nedoručite"
    r"|не вдалося|не може да бъде|oleverer|gick inte att|inte leverera|neisporu|no s'ha pogut|không (?:thể )?gửi"
    r"|ไม่สามารถส่ง"
    r"|tidak (?:dapat )?(?:ter|di)kirim|לא ניתן למסירה|כשל במסירה|غير قابل للتسليم|تعذر|فشل (?:في )?(?:ال)?تسليم"
    r"|forsinket|försena|viivästy|opóźnion|zpožd|задерж|затрим|gecik|遅延|遅れて|延迟|延遲|지연|vertraag|ritardat"
    r"|ndn:|estado d[ea] (?:la )?entrega|übermittlungsstatus|fehlgeschlagen|mislukt|afleverstatus|состоянии доставки"
    r"|сбой"
    r"|配信状態|falhou|falha|stato (?:del )?recapito|leveransstatus|leveringsstatus|toimituksen tila|传递状态|傳遞狀態"
    r"|stav(?:u)? doručení|teslim durumu|배달 상태|κατάσταση(?:ς)? παράδοσης|nebyla doručena|nepodařilo"
    r"|in ritardo|atrasad|retrasad|késlelt|întârzi|καθυστέρ"
)
FAILED = with_or_without(
    r"(?:could|can|was|were|has|have|did|will|is) ?(?:not|n't) (?:yet )?(?:be |been |reach "
    r"|able to )?(?:deliver|sent\b|send\b|the following|reach|transmit|relay|process|accept)"
    r"|(?:couldn't|can't|cannot|wasn't able to|unable to|not able to|failed to|impossible to"
    r"|trouble) (?:be )?(?:deliver|send|sent|transmit|relay)"
    r"|undeliver|non-?deliver|not deliver|delivery (?:to|of|has|attempt|failed|failure|error|was|for"
    r"|problem|status)|permanent(?:ly)? (?:fatal )?(?:fail|error)|permanent error|fatal errors"
    r"|deliver(?:ing|y) .{0,40}fail|had (?:delivery|permanent|problem)|delivery (?:problems|errors)"
    r"|(?:user|recipient|mailbox|address|account|domain|host|addressee) (?:is |was "
    r"|name is )?(?:unknown|not (?:found|exist|listed|recogni)|unavailable|disabled|rejected"
    r"|does ?n.t exist|does not exist|full|invalid|over quota|unrouteable|no longer|inactive)"
    r"|unknown (?:user|address|recipient|host|or invalid|local|mailbox)"
    r"|no such (?:user|address|recipient|mailbox|account|person|local|domain)|unrouteable|is not known (?:to|at|here)"
    r"|address(?:es)? (?:failed|had|rejected|not found)|mailbox (?:is )?(?:full|unavailable|exceed"
    r"|size|not)|over ?quota|quota exceed|exceed(?:s|ed) .{0,40}(?:quota|size|limit|storage|space)"
    r"|(?:^|\D)5\d\d[ -](?:#?5\.\d\.\d|[<\"\w])|(?:^|[^\d.])5\.\d\.\d{1,2}[^\d.]"
    r"|returned? (?:to sender|mail|message|unsent|below)|returning (?:message|your)"
    r"|message (?:returned|rejected|refused|could not|bounced|size exceeds)"
    r"|transcript of (?:the )?session|not listed in|did not reach|couldn.t be (?:found|delivered)"
    r"|failed (?:recipient|addresses|permanently)|error(?:s)? (?:occurred|encountered|while)"
    r"|invalid (?:recipient|address|user|mailbox)|giv(?:en|ing) up"
    r"|does not (?:exist|like recipient|have an? .{0,40}account)|doesn.t (?:exist"
    r"|have an? .{0,40}account)|not (?:a valid|our customer|a known user)|rejected (?:by|recipient"
    r"|your|for|because)|(?:message|mail) (?:was |has been )?(?:rejected|blocked|refused)"
    r"|(?:has been|was|were) (?:rejected|blocked|refused|disabled|suspended|discontinued)|(?:may|might) not exist"
    r"|nicht (?:zugestellt|übermittelt|ausgeliefert|weitergeleitet|gefunden)|unzustellbar|konnte nicht"
    r"|konnten nicht|n'a (?:pas )?pu (?:être|etre)|n'a pas été|impossible de|échec|no (?:se )?(?:ha "
    r"|pudo |puede |pudieron )?(?:sido |podido )?(?:ser )?entreg|no existe|no (?:fue|pudo) |não (?:foi "
    r"|pôde )?(?:poss|ser|entreg)|impossibile|non (?:è stato|può|recapit|e' stato)"
    r"|niet (?:worden )?(?:bezorgd|afgeleverd|besteld)|kunde inte|kunne ikke|ei voitu|nie (?:można"
    r"|mogła|został|udało|dostarcz)|nelze|nemohla|nebyl|не (?:может|может быть|удалось|был|доставлен"
    r"|смог)|teslim edilemedi"
    r"|退信|退回|无法|無法|不存在|未能|届けられ|配信でき|送信でき|届きません|存在しません"
    r"|見つかりません|配達でき|お届けでき|エラー|配信され(?:ませ|なか)|전달(?:되지|할 수)|배달|반송|전송"
    r"|не вдалося|не доставлен|nem (?:lehetett )?kézbesít|δεν ήταν δυνατ|nu a(?:u)? putut|nebolo možné|gick inte att"
    r"|abgelehnt|abgewiesen|zurückgewiesen|refusé|rejeté|rechazad|rifiutat|respint|rejeitad|recusad|geweigerd"
    r"|fehlgeschlagen|mislukt|не удал[ао]сь|falhou|falharam|non riuscit|misslyckad|mislykke|epäonnist|nie powiod"
    r"|nepodařilo"
    r"|nepodarilo|başarısız|配信に失敗|传递.{0,12}失败|傳遞.{0,12}失敗|실패|投递失败"
    r"|kan (?:niet|inte|ikke) |kon niet|nelze|nije moguće|nije isporuč|no s'ha pogut|không (?:thể )?gửi|ไม่สามารถส่ง"
    r"|tidak dapat|אפשרות למסור|לא נמסר|تعذر|فشل"
    r"|غیر قابل|ekki (?:hægt|tókst)|mistókst|edasta(?:matu|mine ebaõnnestus)|ei saanud (?:edastada|toimetada)"
    r"|nepristat|nepavyko|nepiegād|neizdev|nedostavljiv|ni (?:bilo )?mogoče|nije uspjel|nije uspel|није могуће|не успя"
    r"|zlyhal|nu a reușit|tidak (?:ter|di|boleh)|không (?:thể|được)|ล้มเหลว|נכשל"
    r"|वितरित नहीं|απέτυχε|αποτυχία|δεν βρέθηκε"
    r"|δεν υπάρχει|لم يتم تسليم|n'a pas|non è stat[oa]"
    r"|è stato rifiutato|teslim edil"
)
DELAY = with_or_without(
    r"warning: message .{0,60}delayed|delayed (?:mail|\d)"
    r"|delivery (?:status notification )?\(?(?:delay|mail delivery delayed)|mail delivery delayed"
    r"|message delayed|delivery delayed|delayed delivery"
    r"|(?:not|n't) yet (?:been )?(?:be )?delivered"
    r"|still being retried|delivery (?:is )?delay|zustellung verzögert|verzögert|wird verzögert"
    r"|retardé|retrasad|delivery warning|mail delivery warning|zustellung verzögert|forsinket|försena|viivästy|opóźnion"
    r"|zpožd|задерж|затрим|gecik|遅延|遅れて|延迟|延遲|지연|vertraag|ritardat|in ritardo|atrasad|késlelt|întârzi"
    r"|καθυστέρ"
)
DELAY_TEXT = re.compile(
    r"(?:this is a |is only a )?warning (?:message )?only|you do not need to resend"
    r"|no need to (?:resend|retry)|no action is required on your part|(?:will|shall) (?:be retried"
    r"|continue to (?:be )?(?:try|tried|retr|attempt)|keep trying|be (?:re)?attempted)"
    r"|still (?:being retried|trying|in (?:the|my|our) queue)|not yet been delivered"
    r"|hasn't been delivered yet|will retry|message will be retried|delivery attempts will continue"
    r"|will be retried for|(?<!not )continue trying|delivery .{0,60}(?:has been |is |was )?delayed"
    r"|has not (?:yet )?been delivered .{0,30}yet",
    re.IGNORECASE,
)
GAVE_UP = re.compile(
    r"(?:failed|failure) permanently|permanent(?:ly)? (?:fail|fatal|error)|giv(?:en|ing) up|gave up"
    r"|has been returned|retry time(?:out)? (?:not reached|exceeded)|retry timeout exceeded"
    r"|could not be delivered (?:for|in|after)|too long|(?:message|it) (?:has )?expired|maximum"
    r"|cannot send message (?:for|within)|no longer|could not be delivered\.|permanently",
    re.IGNORECASE,
)
# Nobody is there, in twenty languages.
NOBODY_THERE = with_or_without(
    r"(?:^|[^\d.])5\.1\.\d{1,2}|unknown|no such|not exist|찾을 수 없|not found|not listed|doesn't have"
    r"|unrouteable|disabled|not known"
    r"|unbekannt|existiert nicht|nicht (?:gefunden|vorhanden|[^.\n]{0,50}aufgeführt)|inconnu|introuvable"
    r"|not be found|name found|no se encontr|no encontrad|possibile trovare|non trovat|não (?:foi )?encontrad"
    r"|niet gevonden|n'existe pas|desconocid|no existe|sconosciut|inesistent|desconhecid"
    r"|inexistente"
    r"|onbekend|bestaat niet|niet bestaat|okänd|finns inte|ukendt|ukjent|findes ikke|finnes ikke"
    r"|eksisterer ikke|tuntematon|ei löydy"
    r"|nieznan|nie istnieje|nie ma takiego|neexistuj|neznám|nem létezik|nincs ilyen|inexistent|bulunamadı|не существует"
    r"|не найден|неизвестн|не існує|не знайден|невідом|不存在|存在しま|見つか(?:りません|らない)"
    r"|존재하지|没有找到|找不到"
    r"|répertorié|없는 (?:계정|주소|사용자)|không tìm thấy|không tồn tại|putut fi găsit|nu există|nenaš|לא נמצא|ไม่พบ"
    r"|fannst ekki|nije pronađen|ne postoji|ni (?:bil[oa]? )?(?:mogoče )?naj(?:den|ti)"
    r"|nerast|ei leitud|не е намерен|не постои"
    r"|tidak ditemukan|ikke fundet|ikke funnet|ei löyty|nem található|δεν βρέθηκε|لم يتم العثور|account (?:has been "
    r"|is )?(?:closed|deleted)"
    r"|has been (?:closed|deleted)"
)
LASTING = re.compile(r"(?:^|[^\d.])5\.\d\.\d{1,2}|(?:^|\D)55\d[ -]", re.IGNORECASE)
# What a system says of a letter that it gave up after days: nothing of the address.
PASSING = re.compile(
    r"(?:^|[^\d.])4\.\d\.\d{1,2}|(?:^|\D)4[25]\d[ -]|temporar|timed? ?out|retry time|failing for a long time"
    r"|in the queue too long",
    re.IGNORECASE,
)
# The words of a frame, which stand around either.
FRAME = re.compile(r"permanent|invalid|loops back|too many hops|will not (?:continue|be retried|retry)", re.IGNORECASE)
SUCCESS = with_or_without(
    r"success(?:ful|fully)? (?:mail )?(?:deliver|relay)|deliver(?:ed|y) (?:was )?successful|^(?:delivered|relayed): "
    r"|has been delivered to the following|^(?:übermittelt|zugestellt|remis|distribué|entregado|consegnato) ?: "
)
# A list's own word: "you may not post here".
LIST_OWNER = re.compile(r"(?:-owner|-request)@", re.IGNORECASE)
# That it is about mail at all: payments, builds and logins fail, too.
MAIL = with_or_without(
    r"message|\be?-?mail|deliver|recipient|nachricht|zustell|empfänger|courri|destinatai|correo|mensaje|messaggi"
    r"|posta\b|mensagem"
    r"|bericht|bezorg|meddel|viesti|wiadomo|poczt|zpráv|správ|письм|сообщ|лист|повідомл|ileti|e-posta|üzenet|mesaj"
    r"|μήνυμ"
    r"|メール|メッセージ|配信|邮件|郵件|信件|退信|메일|메시지|הודעה|رسال|thư|ข้อความ|pesan"
)
NO_REPLY = re.compile(r"no-?reply", re.IGNORECASE)
BOUNCES = re.compile(r"(?<![\w.])bounces?[@+-]|-bounces?[@+]", re.IGNORECASE)
# Subjects that begin as nothing but a report's does, where a machine wrote at all.
PLAINLY = with_or_without(
    r"\W{0,5}(?:undeliver|non[- ]?deliver|ndn\b|returned (?:mail|message|to sender)|mail (?:delivery|system error)"
    r"|delivery status"
    r"|failure notice|delivery (?:failure|notification|report)|unzustellbar|rückläufer|non remis|退信|系统退信"
    r"|配信不能|недоставлен"
    r"|(?:avviso di )?mancata consegna|onbestelbaar|niedostarcz|zwrot|nedoruč|teslim edilemedi|kan ikke leveres"
    r"|kunde inte"
    r"|(?:mail|message|mensaje|correo|mensagem) (?:un|could not|not |no |não |devuelto|devolvid)|falha na entrega"
    r"|mail failed"
    r"|(?:ihre|diese) (?:e-?mail|nachricht) konnte|votre message n'a|message non (?:remis|distribué)"
    r"|메일.{0,10}(?:반송|실패)"
    r"|unable to deliver)"
)
# What desks and shops say of their own doings.
DESK = re.compile(r"\b(?:ticket|case|request|parcel|package|order|customers?|portal|registered)\b", re.IGNORECASE)
REPLY = re.compile(r"(?:re|aw|sv|vs|odp|antw|r) ?: ?\S", re.IGNORECASE)
CHALLENGE = re.compile(
    r"(?:confirm|verify|authenticate|validate) (?:that )?(?:your (?:message|e-?mail|mail|identity)"
    r"|yourself|you are|you're|this (?:message|e-?mail))"
    r"|click (?:on )?(?:the|this|here|below).{0,80}(?:deliver|confirm|verif|release|approv)"
    r"|challenge[- ]response|confirm.{0,40}repl(?:y|ying)"
    r"|(?:reply|respond)(?:ing)? to this .{0,60}(?:confirm|deliver|release|approve|verif|authenticat)"
    r"|one-time|white ?list|(?:approved|allowed|safe) senders?"
    r"|(?:quarantine|spam) (?:digest|summary|report|overview)|quarantäne.?(?:bericht|report|übersicht)"
    r"|spam ?arrest|boxbe|to be delivered.{0,60}(?:click|reply|confirm)|spamblocker"
    r"|confirmation (?:required|requested|of (?:your|delivery))"
    r"|\btmda\b|\bqurb\b|mailblocks|(?:message|mail|e-?mail) (?:is |has been )?(?:being )?(?:on hold"
    r"|placed on hold|awaiting your|quarantined until)",
    re.IGNORECASE,
)
CODE = re.compile(r"(?:^|\D)5\d\d[ -]|5\.\d\.\d")
BANNER = re.compile(
    r"-{3,} ?(?:non-?delivery report|failed recipients?|delivery (?:failure|report|failed))", re.IGNORECASE
)
REPORT_FIELDS: Final = frozenset(("x-failed-recipients", "x-ms-embedded-report", "x-dsncontext"))
PROGRAMS: Final = frozenset(("x-mailer", "user-agent", "in-reply-to", "references", "x-originating-ip"))
# How people begin, and no machine but those that say "Dear sender".
GREETING = with_or_without(
    r"\W{0,3}(?:hello|hi|hey|dear|good (?:morning|day|afternoon)|hallo|guten tag|sehr geehrte|liebe|bonjour|hola|buenos"
    r"|ciao|buongiorno|olá|bom dia|beste|hej|hei|dzień dobry|dobrý den|здравствуй|добрый день|merhaba|您好|你好"
    r"|お世話)\b"
    r"(?!\.|!? ?\n| (?:sender|user|customer|sir|subscriber|\S{1,80}@)|,? this is)"
)
ASKS = re.compile(r"[^\s?&=/]{1,40} ?[?？](?:\s|$)|[吗呢か][。?？]", re.MULTILINE)
# How reports begin that come from an address which says nothing.
OPENING = with_or_without(
    r"(?:failed recipients|non-?delivery report|undeliver(?:able|ed) (?:mail|message)"
    r"|delivery (?:failure|report|failed|status)|your (?:e-?mail |mail )?message (?:to\b|has encountered|could not"
    r"|was not|did not|cannot|has not|of |sent|with subject)|(?:the|a|this) (?:e-?mail "
    r"|mail )?(?:message|e-?mail|mail)?\s?(?:below |that you sent |you sent )?(?:could not be|was not"
    r"|cannot be|did not|was undeliverable)"
    r"|this (?:is the mail system|is an automatically generated|message was created automatically"
    r"|is a delivery)|hi\. this is the|i'm (?:sorry|afraid)|we(?:'re| are) sorry|sorry,"
    r"|unable to deliver|could not deliver|mail (?:delivery|could not)|the following (?:message"
    r"|recipient|address|e-?mail)|message (?:delivery|not delivered|could not|was not|cannot)"
    r"|votre message n|diese nachricht|ihre (?:nachricht|e-?mail) (?:konnte|wurde)|su mensaje no"
    r"|il (?:tuo|suo|vostro) messaggio|sua mensagem|uw bericht)"
)
