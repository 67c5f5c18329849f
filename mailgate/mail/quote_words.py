"""The words by which mail programs of many languages mark what is quoted, forwarded, or added by themselves. Only data.

Everything is lower case (casefold). Where a phrase stands decides what it means: `quote_marks.py`.
"""

from __future__ import annotations

from typing import Final

# "On … X wrote:" — the verb, before or after the name. Longest forms need not come first: they are matched as words.
VERBS: Final = (
    "wrote|writes|schrieb|schrieben|schreibt|geschrieben|hat geschrieben|a écrit|a ecrit|écrit"
    "|ha scritto|scrisse|scrive|escribió"
    "|escribio|escribe|ha escrito|va escriure|ha escrit|escreveu|escreve|schreef|schrijft|heeft geschreven|geschreven"
    "|skrev|skrev følgende|skriver|kirjoitti|kirjoittaa|napisał|napisała|napisał\\(a\\)|napisał/a"
    "|pisze|napsal|napsala"
    "|napsal\\(a\\)|píše|napísal|napísala|napísal\\(a\\)|написал|написала|написал\\(a\\)"
    "|написал\\(а\\)|написав|написала"
    "|написав\\(-ла\\)|пишет|пишут|пише|писал|писала|писав|írta|ezt írta|a scris|έγραψε|yazdı"
    "|şunu yazdı|şunları yazdı"
    "|yazmış|je napisao|je napisala|je napisao/la|napisao je|kirjutas|rašė|parašė|rakstīja|написа"
    "|đã viết|menulis|ditulis"
    "|skrifaði|quoting|zitat von|citando|citation de|cytowanie|wiadomość napisana przez|вы писали"
    "|писали|says|excerpts from|thus spake|ha scritto il|a scrisu|ad elinde"
)
# Scripts without spaces between words: no word border around these.
VERBS_UNSPACED: Final = (
    "写道|寫道|来信|的来信|写到|のメール|さんは書きました|さんが書きました|さんは書き込みました|のメッセージ|wrote"
    "|님이 작성|쓴 글|تمت كتابة|님이 씀|작성:|작성했습니다|님께서|작성하셨|כתב|כתבה|كتب|เขียน"
)
# How such a line begins: "On 3 May", "W dniu 3 maja", "In data 3 maggio".
STARTS: Final = (
    "on|am|le|el|il|em|op|den|w dniu|dnia|dne|in data|il giorno|no dia|a|à|en|på|um|la data|la|în"
    "|pada|vào|vào lúc|στις|на"
    "|stu|u|dana|kuupäeval|at|date|from|fra|von|van|il|ve|v|em data|a las|dňa|den|в|от|on behalf|gepostet|au"
    "|mon|tue|wed|thu|fri|sat|sun|monday|tuesday|wednesday|thursday|friday|saturday|sunday"
)

_FROM = (
    "from|von|de|da|van|od|fra|från|lähettäjä|от|від|від кого|от кого|kimden|gönderen|发件人|寄件者|寄件人|發件人"
    "|差出人|送信者|보낸 사람|보낸사람|feladó|από|de la|expéditeur|remitente|mittente|afzender|avsändare|avsender"
    "|afsender|nadawca|odesílatel|отправитель|відправник|发送人|von:|מאת|من|dari|từ|送信元|šalje|saatja|expeditorul"
)
_DATE = (
    "date|sent|datum|gesendet|gesendet am|date d'envoi|envoyé|envoyé le|envoyée|enviado|enviado el"
    "|enviado em|enviada|enviada em|enviada el|fecha|data|inviato|verzonden|verzonden op|skickat"
    "|datum/tid|sendt|dato|lähetetty|päivämäärä|wysłano|wysłane|data wysłania|odesláno|odoslané|дата"
    "|отправлено|отправлено:|надіслано|відправлено|gönderildi|gönderilme tarihi|gönderim|tarih|发送时间"
    "|日期|寄件日期|傳送時間|发送日期|時間|送信日時|日時|送信日|日付|보낸 날짜|날짜|보낸날짜"
    "|elküldve|dátum|trimis|message du|em"
    "|ημερομηνία|נשלח|תאריך|تاريخ|tanggal|ngày"
)
_TO = (
    "to|an|à|a|para|aan|naar|till|til|vastaanottaja|do|komu|pro|кому|kime|alıcı|收件人|收件者|宛先|받는 사람|받는사람"
    "|címzett|către|προς|destinataire|destinatario|отримувач|получатель|אל|إلى|kepada|đến|pour|送信先|prima|pre|adresat"
    "|destinatarul|收信人"
)
_CC = (
    "cc|kopie|copie|copie à|copia|kopia|kopi|kopio|dw|udw|копия|копія|bilgi|抄送|副本|참조|kópia|másolat"
    "|bcc|cci|cco|ccn|skryta kopie|μ.κοιν|con copia a"
)
_SUBJECT = (
    "subject|betreff|betrifft|objet|asunto|assunto|oggetto|onderwerp|ämne|emne|aihe|temat|předmět"
    "|předmet|predmet|vec|тема|konu|主题|主旨|主題|標題|件名|제목|tárgy|subiect|θέμα|assumpte|topic|נושא|הנדון"
    "|الموضوع|subjek|chủ đề|sujet|naslov|subiectul"
)
_OTHER = (
    "reply-to|reply to|organization|organisation|attachments|anlagen|importance|priority|wichtigkeit"
    "|pièces jointes|newsgroups|mailed-by|répondre à|antwort an|priorität|message-id|x-mailer|附件"
    "|添付ファイル|첨부|allegati|adjuntos|anexos|bijlagen|bilagor|liitteet|załączniki|přílohy|вложения|ekler"
    "|gesendet von|sent by"
)

# What a header label at the head of a quoted mail speaks of.
LABELS: Final[dict[str, str]] = {
    label: kind
    for kind, words in (
        ("other", _OTHER), ("cc", _CC), ("to", _TO), ("subject", _SUBJECT), ("date", _DATE), ("from", _FROM),
    )
    for label in words.split("|")
}  # fmt: skip

# "-----Original Message-----"
ORIGINALS: Final = frozenset(
    "original message|original email|original mail|original appointment|reply message|replied message"
    "|ursprüngliche nachricht"
    "|originalnachricht|original-nachricht|ursprüngliche mail|ursprüngliche e-mail"
    "|originale nachricht|message d'origine"
    "|message d’origine|message original|message initial|mail original|mail d'origine"
    "|courriel original|mensaje original"
    "|mensaje de origen|correo original|mensagem original|messaggio originale|messaggio di origine"
    "|oorspronkelijk bericht|origineel bericht|oorspronkelijke bericht|originele bericht|originalmeddelande"
    "|ursprungligt meddelande|originalmeddelelse|oprindelig meddelelse|oprindelig besked"
    "|oprindelig mail|opprinnelig melding"
    "|original melding|alkuperäinen viesti|viesti alkuperäinen|wiadomość oryginalna"
    "|oryginalna wiadomość|oryginał wiadomości"
    "|pierwotna wiadomość|původní zpráva|původní e-mail|pôvodná správa|исходное сообщение|оригинальное сообщение"
    "|первоначальное сообщение|исходное письмо|вихідне повідомлення|оригінальне повідомлення|початкове повідомлення"
    "|orijinal mesaj|özgün ileti|orijinal ileti|özgün mesaj|asıl ileti|原始邮件|原邮件|原始郵件"
    "|原始信件|原信件|原始消息|回复的原邮件|回复的邮件"
    "|元のメッセージ|元のメール|オリジナルメッセージ|original message 元のメッセージ|원본 메시지"
    "|원본 메일|원본메시지|원본 이메일|eredeti üzenet"
    "|mesaj original|mesajul original|αρχικό μήνυμα|missatge original|originalna poruka|izvorna poruka|algne kiri"
    "|tin nhắn gốc|pesan asli|ההודעה המקורית|הודעה מקורית|الرسالة الأصلية|en réponse à|antwort auf".split("|")
)
# Desks ask for replies above a line; all below it is theirs.
ABOVE: Final = (
    "above this line|reply above|oberhalb dieser zeile|über dieser zeile|au-dessus de cette ligne"
    "|encima de esta línea|sopra questa riga"
    "|acima desta linha|boven deze regel|ovanför den här raden|over denne linje|powyżej tej linii"
    "|nad tímto řádkem|выше этой строки"
)

# "Sent from my iPhone": what mail programs add below. Each is matched from the start of a short line, and opens with
# at least four characters that stand for themselves, so that most lines can be passed by these alone (`ordinary.py`).
SENT_BY: Final = (
    (
        r"sent from (?:my|a|an|our|the|outlook|mail|yahoo|aol|gmail|proton\w*|zoho|samsung|iphone|ipad"
        r"|android|blackberry|typeapp"
        r"|type mail|bluemail|blue mail|huawei|xiaomi|nine|mobile|windows|zimbra|tuta|fastmail|spark"
        r"|newton|airmail|hey"
        r"|mymail|galaxy|nokia|htc|lg|sony|motorola|oneplus|pixel|surface|verizon|t-mobile|at&t|web|front"
        r"|superhuman|edison)\b"
    ),
    (
        r"sent (?:via|using|with|through|on) \[?(?:my|the|a|outlook|mail|yahoo|aol|gmail|proton\w*|zoho"
        r"|vodafone|samsung|blackberry|mobile|hey"
        r"|nine|spark|front|superhuman|mailspring|shift|android|iphone|ipad|k-9|aqua|bluemail|typeapp|tuta"
        r"|secure|cloudmagic"
        r"|edison|mixmax|streak|airmail|sprint)\b"
    ),
    r"sent by (?:my |outlook)",
    r"sent while (?:on the go|mobile)",
    r"this (?:e-?mail|message) was sent from my (?:mobile|phone|iphone|android)",
    r"please excuse (?:my )?(?:brevity|typos|any typos)",
    r"excuse (?:my )?(?:brevity|typos)",
    *("get outlook for ", "download outlook for ", "get bluemail for ", "typed on my ", "typed with my "),
    *("yahoo mail on ", "yahoo mail for ", "aol mail on ", "aol mail for "),
    r"von mein\w{1,2} .{1,40}(?:gesendet|versendet|geschickt)",
    r"von (?:unterwegs|iphone|ipad|android|outlook) .{0,20}gesendet",
    r"gesendet (?:von|mit|über|aus|via) ",
    r"diese (?:nachricht|e-?mail|mail) wurde (?:von|mit) mein",
    r"mit (?:meinem|der) .{1,40} gesendet",
    r"outlook (?:für|voor) (?:ios|android)",
    *("holen sie sich outlook", "verfasst mit "),
    r"envoyée? (?:de|depuis|à partir|via|avec|par) ",
    r"télécharger? outlook",
    *("obtenez outlook", "provenance : "),
    r"enviad[oa] (?:desde|de|do|da|a partir|pelo|pela|com|con|via|por|através) ",
    *("obtener outlook", "obtenga outlook", "descarga outlook", "enviat des "),
    *("obter o outlook", "baixar o outlook", "baixe o outlook", "obtenha o outlook"),
    r"inviat[oa] (?:da|dal|dalla|con|tramite|mediante) ",
    *("ottieni outlook", "scarica outlook"),
    r"verzonden (?:vanaf|met|via|vanuit|van) ",
    r"verstuurd (?:vanaf|met|via|vanuit|van) ",
    *("download outlook voor", "krijg outlook voor", "haal outlook voor"),
    *("skickat från ", "skickades från ", "skickat med ", "hämta outlook", "skaffa outlook"),
    r"sendt (?:fra|med|via) ",
    r"afsendt (?:fra|med|via) ",
    *("hent outlook", "få outlook", "skaff outlook", "skaff deg outlook", "lähetetty ", "hanki outlook"),
    r"wysłan[oae] (?:z|ze|za pomocą|przez) ",
    r"pobierz (?:aplikację )?outlook",
    "uzyskaj outlook",
    r"odesláno (?:z|ze|pomocí) ",
    r"odoslané (?:z|zo) ",
    *("posláno z ", "získat outlook", "získejte outlook", "odesláno aplikací "),
    r"отправлено (?:с|из|от|через) ",
    r"отправлен[оа]? с ",
    *("получить outlook", "скачать outlook", "послано с "),
    r"надіслано (?:з|із|зі|через) ",
    r"відправлено (?:з|із|зі|через) ",
    *("отримати outlook", "завантажити outlook", "elküldve ", "küldve "),
    r"trimis (?:de pe|din) ",
    r"poslano (?:s|sa|z) ",
    *("εστάλη από ", "στάλθηκε από ", "נשלח מ", "أرسلت من ", "مرسل من ", "تم الإرسال من "),
    *("dikirim dari ", "được gửi từ ", "saadetud ", "išsiųsta iš ", "nosūtīts no "),
)
# The same where what tells stands later in the line or is too short: words that every such line holds, and its pattern.
SENT_WITHIN: Final = {
    "gönderildi": (r".{1,30} (?:iphone|ipad|cihaz)\S{0,12} gönderildi|.{1,30}(?:dan|den|tan|ten) gönderildi"),
    "edinin": r".{0,20}outlook.{0,12} edinin",
    **{word: word for word in ("发自", "傳送自", "发送自", "寄自", "來自", "来自")},
    "从我的": r"从我的.{1,30}(?:发送|發送|傳送|寄出)",
    "從我的": r"從我的.{1,30}(?:发送|發送|傳送|寄出)",
    "获取": r"获取 ?outlook",
    "取得": r"取得 ?outlook|.{0,20}outlook.{0,20}を取得",
    "を入手": r".{0,20}outlook.{0,20}を入手",
    "送信": r"(?:私の)?[\w .]{1,30}(?:から|より)送信",
    "보냄": r"(?:나의 )?.{1,30}에서 보냄",
    "보낸": r"나의 .{1,30}에서 보낸|.{1,30}에서 보낸 메일",
    "전송됨": r".{1,30}에서 전송됨",
    "다운로드": r".{0,12}outlook.{0,12} 다운로드",
}

# Legal and technical footers that speak for themselves.
FOOTERS: Final = (
    r"confidentiality (?:notice|note|statement|warning|disclaimer)|(?:e-?mail|legal"
    r"|email confidentiality) disclaimer|disclaimer\b"
    r"|legal notice|privileged (?:and|&|/) ?confidential|confidential(?:ity)?\W*$|confidential communication"
    r"|please (?:consider|think (?:of|about)) (?:the|our) environment|(?:think|consider) .{0,40}before (?:you )?print"
    r"|(?:please )?(?:don't|do not) print this e-?mail|save (?:a tree|paper)"
    r"|virus-free\b|this (?:e-?mail|message) (?:has been|was) (?:checked|scanned)|scanned by "
    r"|checked by avg|no virus found in"
    r"|vertraulichkeitshinweis|haftungsausschluss|rechtlicher hinweis|virenfrei\b"
    r"|diese e-?mail wurde (?:von|auf)|(?:bitte )?(?:denken|prüfen|bedenken) sie .{0,60}(?:umwelt|druck)"
    r"|avis de confidentialité|clause de confidentialité|garanti sans virus|sans virus\b|(?:l'absence"
    r"|cet e-mail a été vérifié)"
    r"|pensez à l.environnement|(?:merci de )?n'imprim(?:ez|er) ce|avant d'imprimer"
    r"|aviso (?:legal|de confidencial|de privacidad)|cláusula de confidencial|libre de virus"
    r"|antes de imprimir|livre de vírus"
    r"|avviso di riservatezza|nota di riservatezza|informativa (?:privacy|sulla)|ai sensi del"
    r"|prima di stampare|(?:mail )?privat?a di virus"
    r"|virusvrij|denk (?:aan het|om het) milieu|tänk på miljön|tænk på miljøet|virusfri"
    r"|informacja o poufności|wolny od wirusów"
    r"|免责声明|保密声明|免責聲明|保密警語|\[?本邮件及其附件"
    r"|to unsubscribe from|you (?:received|are receiving|got) this (?:message|email|mail|because)"
    r"|reply to this email directly"
    r"|um sich (?:von dieser|aus dieser)|pour (?:vous désinscrire|se désabonner)"
)
# Sentences that open a footer only when a legal word follows in the same paragraph.
FOOTER_OPENINGS: Final = (
    r"(?:(?:important|notice|note|warning|attention|caution|wichtig|hinweis|avertissement|aviso|avviso"
    r"|important notice|legal)\W{1,4})?(?:"
    r"th(?:is|e) (?:\w+ ){0,3}(?:e-?mail|email|message|communication|transmission|transmittal"
    r"|information|contents?)\b"
    r"|th(?:e|is) (?:\w+ ){0,4}(?:contained|transmitted|in this|within)|if you (?:have received"
    r"|received|are not|believe)"
    r"|any (?:views|opinions|unauthori[sz]ed|review|dissemination)|unless (?:expressly|otherwise)|nothing in this"
    r"|(?:diese|der inhalt dieser|die (?:in|mit) dieser|dieses|die informationen)\b"
    r"|sollten sie (?:nicht|diese)|falls sie nicht|wenn sie nicht"
    r"|ce (?:message|courriel|mail|e-?mail|document)|cet? (?:e-?mail|courrier|envoi)|les informations"
    r"|le contenu de|si vous (?:avez reçu|n.êtes|recevez)"
    r"|est[ea] (?:mensaje|correo|e-?mail|mensagem|comunicación|comunicação|información)|la información"
    r"|el contenido|a informação|as informações"
    r"|si (?:usted )?(?:no es|ha recibido|recibe)|se (?:você|recebeu|não)|o conteúdo|esta transmis"
    r"|le informazioni|quest[oa] (?:messaggio|e-?mail|comunicazione|mail|documento)|il presente"
    r"|la presente|il contenuto|se (?:avete|ha|non|hai) ricev"
    r"|dit (?:e-?mail)?\s?bericht|deze (?:e-?mail|mail|boodschap)|de informatie|de inhoud|dit e-?mail"
    r"|dett?a (?:e-post)?\s?meddelande|denn?[ae] (?:e-?mail|mail|e-?post\w*|besked|meddelelse|melding)"
    r"|informationen i|innholdet i|indholdet"
    r"|tämä (?:sähköposti)?viesti|tämän viestin|(?:ta|niniejsza|ninijesza) wiadomość|treść (?:tej"
    r"|niniejszej)|informacje zawarte|wiadomość ta"
    r"|tato zpráva|tento e-?mail|obsah t|táto správa|(?:это|данное"
    r"|настоящее) (?:электронное )?(?:сообщение|письмо)|информация, содерж|содержание (?:этого"
    r"|данного)"
    r"|це (?:електронне )?(?:повідомлення|лист)|цей (?:електронний )?лист|інформація, що"
    r"|bu (?:e-?posta|elektronik posta|mesaj|ileti)|本(?:邮件|郵件|电子邮件|電子郵件|信件|メール)"
    r"|此(?:邮件|郵件|电子邮件|電子郵件|信)"
    r"|このメール|このeメール|이 (?:메일|이메일)|본 (?:메일|이메일|전자우편))"
)
LEGAL: Final = (
    "confiden|privileged|intended (?:recipient|solely|only|for|exclusively)|addressee|vertraul"
    "|adressat|empfänger|destinat|destinád|riservat"
    "|bestemd|vertrouwelijk|geadresseerde|konfiden|avsedd|fortrolig|tiltænkt|luottamuk|tarkoitettu"
    "|poufn|adresat|důvěrn|určen|конфиденц|предназнач"
    "|конфіденц|призначен|gizli|alıcı|机密|保密|機密|收件人|収件|秘密|宛先|誤送|기밀|수신|virus"
    "|wirus|вирус|viren|disclos|unauthori"
)

# A legal footer speaks of the mail it stands in.
OF_MAIL: Final = (
    "e-?mail|message|mail|communication|transmission|nachricht|courriel|mensaje|correo|messaggio"
    "|mensagem|bericht|meddelande"
    "|meddelelse|besked|melding|viesti|wiadomo|zpráv|správ|сообщени|письм|повідомлен|лист|posta|ileti"
    "|mesaj|邮件|郵件|信件|メール|메일|전자우편"
)

# Text by which quoting programs explain a list or a digest below the mail.
LIST_WORDS: Final = (
    "mailing list|mailinglist|mailman/listinfo|unsubscribe|listinfo|google groups|yahoo! groups"
    "|mailing-list|lists\\.|lijst|liste de diffusion|abmelden"
    "|listserv|abuse@|désabonn|antivirus|anti-virus|avast|avg\\."
)
