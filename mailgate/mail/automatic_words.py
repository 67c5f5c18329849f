"""How responders begin a subject, in 25 languages. Whether such a subject is evidence, `automatic.py` says."""

from __future__ import annotations

from typing import Final

from mailgate.mail.accents import with_or_without

# How responders begin a subject, in 20 languages. A mark must follow: "Automatic reply does not work" is a person's.
SUBJECTS: Final = (
    r"auto(?:matic|mated)?[- ]?(?:e-?mail )?(?:reply|response|respon[sd]er|answer"
    r"|acknowledge?ment)(?: from .{1,40}| message)?|automatic (?:email )?message"
    r"|out[- ]of[- ](?:the[- ])?office(?: (?:auto-?reply|reply|response|notification|notice|message"
    r"|assistant))?|ooo|vacation(?: (?:reply|message|notice|response|auto-?reply))"
    r"|(?:i am |i'm )?(?:currently )?(?:away|on (?:annual leave|vacation|holiday"
    r"|leave))(?: from (?:my |the )?(?:mail|office|desk|e-?mail))?(?: (?:un)?til+ .{1,30})?"
    r"|absence notice|away message|holiday reply|yahoo! auto response|automatic(?:ally generated)? (?:e-?mail )?reply"
    r"|(?:automatische|autom\.) (?:antwort|rückantwort|abwesenheits\w+|e-?mail|nachricht"
    r"|eingangsbestätigung)|auto-?antwort|abwesenheits(?:notiz|meldung|info|benachrichtigung"
    r"|assistent|agent|information|nachricht)"
    r"|(?:bin )?(?:außer haus|nicht im (?:büro|haus)|im urlaub|abwesend)|urlaubs(?:meldung|notiz|vertretung)"
    r"|réponse auto(?:matique)?(?: d'absence)?|message (?:automatique|d'absence)"
    r"|(?:notification d')?absence (?:du|de) bureau|absent(?:e)? du bureau|absence"
    r"|accusé de réception automatique"
    r"|respuesta automática|auto-?respuesta|fuera de (?:la )?oficina|mensaje automático"
    r"|ausente (?:de la oficina|do escritório)|fuera del despacho|fora do gabinete|de vacaciones"
    r"|risposta automatica|messaggio automatico|fuori (?:ufficio|sede)|assenza dall'ufficio|assente"
    r"|risponditore automatico"
    r"|resposta automática|(?:aviso de )?ausência(?: temporária| do escritório)?"
    r"|fora do escritório|mensagem automática|resposta de ausência"
    r"|automatisch(?:e)? (?:antwoord|beantwoording|bericht|e-?mail)|afwezig(?:heid(?:sassistent"
    r"|sbericht|smelding)?)?|niet aanwezig|buiten kantoor|niet op kantoor"
    r"|auto-?svar|automati(?:skt|sk) svar|frånvaro(?:meddelande)?|automatiskt meddelande"
    r"|fraværende|fraværs?(?:assistent|beskjed|svar|besked)?|ikke på kontoret|ikke til stede|inte på kontoret"
    r"|ferie(?:svar|hilsen)"
    r"|automaattinen (?:vastaus|poissaoloviesti|viesti)|automaattivastaus|poissaolo(?:viesti"
    r"|ilmoitus)?|poissa(?: toimistosta| töistä)?|lomavastaus"
    r"|(?:odpowiedź automatyczna|automatyczna odpowiedź|autoodpowiedź|auto-odpowiedź)"
    r"|nieobecno(?:ść|sc)(?: w biurze)?|poza biurem|wiadomość automatyczna|autoresponder"
    r"|jestem na urlopie"
    r"|automatická odpověď|automatická odpoveď|mimo kancelář|nepřítomnost(?: v kanceláři)?"
    r"|automatická zpráva|automatická správa|mimo kanceláre|neprítomnosť(?: v kancelárii)?"
    r"|автоответ(?:чик)?|автоматический ответ|автоматическое (?:сообщение|уведомление)"
    r"|(?:я )?(?:в отпуске|не в офисе|вне офиса)|нет на (?:месте|работе)|автоматическое (?:письмо"
    r"|оповещение)"
    r"|автовідповідь|автоматична відповідь|автоматичне повідомлення|(?:у відпустці|не в офісі|поза офісом)"
    r"|otomatik (?:yanıt|cevap|mesaj|yanit)|ofis dışında|ofiste değil|i̇zindeyim|izindeyim|otomati̇k yanit"
    r"|i̇zinliyim"
    r"|自动(?:回复|答复|回覆|回信)|自動(?:回复|回覆|回信|答覆)|(?:系统)?自动应答"
    r"|(?:外出|休假|不在办公室|不在辦公室)(?:自动回复|自動回覆|通知)?|公出|自動(?:応答|返信"
    r"|送信)(?:メール)?|不在(?:通知|のお知らせ|連絡|応答)"
    r"|休暇(?:通知|のお知らせ)"
    r"|자동 ?(?:회신|응답|답장|답변)|자동 ?(?:응신|메일)|부재 ?중(?: ?알림| ?자동 ?응답)?"
    r"|automatikus (?:válasz|üzenet)|irodán kívül|házon kívül"
    r"|răspuns automat|în afara biroului|ตอบกลับอัตโนมัติ|pemberitahuan otomatis"
    r"|αυτόματη απάντηση|εκτός γραφείου"
    r"|resposta automàtica|automatski odgovor|odsutnost|samodejni odgovor|automaatvastus"
    r"|automatinis atsakymas|automātiskā atbilde|автоматичен отговор|trả lời tự động|balasan otomatis"
    r"|מענה אוטומטי|תשובה אוטומטית|(?:ال)?رد (?:ال)?تلقائي|خارج المكتب|خارج المنزل|מחוץ למשרד"
)
SUBJECT = with_or_without(rf"\W{{0,3}}(?:{SUBJECTS})\W{{0,3}}(?:$|[:：\]】–—]|- |- ?$| ?\(|re\b ?:|aw\b ?:)")

# Whole subjects of people, too, who then say "on Monday" in the text.
ALONE = with_or_without(
    r"\W{0,3}(?:away|absence|absent|assente|afwezig(?:heid)?|poissa|fraværende|frånvaro|ausencia|ausência|de vacaciones"
    r"|on (?:leave|holiday|vacation)|im urlaub|vacation|nieobecność|nepřítomnost)\W{0,3}$"
)
# Plain words for being absent, which begin many a person's subject: evidence only where the mail answers one.
PLAIN = with_or_without(
    r"(?:ausente|απουσία|απουσιάζω|(?:jestem )?nieobecn[ya]|urlop|yıllık izin|absență|отсутствую|отпуск|відпустка"
    r"|lomalla"
    r"|szabadság(?:on)?|dovolená|إجازة|בחופשה|外出中|休業(?:の?お知らせ)?|휴가 ?(?:중|알림)?|urlaub|abwesenheit"
    r"|vacances|ferie"
    r"|férias|vakantie|semester|auto)"
    r"\W{0,3}(?:$|[:：]|- )"
)

# A machine speaks of its owner by his name: "Ann Example is out of the office (returning 30.11.)", as Notes has it.
ABSENT = with_or_without(
    r"(?:auto: ?)?(?P<name>[^:]{2,80}?)(?: (?:is|will be) (?:currently )?(?:out of|away from|not in) (?:the "
    r"|my )?office"
    r"| (?:is|will be) (?:away|on (?:annual leave|holiday|vacation|leave))"
    r"| ist (?:außer haus|nicht im (?:büro|haus|dienst)|im urlaub|abwesend|nicht anwesend)"
    r"| (?:est|sera) (?:absente?(?:\(e\))?|en congés?)| (?:è|e'|sarà) (?:fuori (?:ufficio|sede)|assente)"
    r"| (?:está|estará|esta) (?:ausente|fuera de la oficina|fora do escritório)"
    r"| is (?:afwezig|niet (?:aanwezig|op kantoor)|buiten kantoor)| är (?:inte på kontoret|frånvarande)"
    r"| er (?:ikke (?:på kontoret|til stede)|fraværende)| on (?:poissa|lomalla)| jest nieobecn[ya]"
    r"|\s?(?:さん)?(?:は|が)(?:現在)?不在|님은 부재)"
)
