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
# Of these, what opens an intro.
VERBS_FIRST: Final = "quoting|zitat von|citando|citation de|cytowanie|wiadomość napisana|вы писали|писали|excerpts from"
# An intro speaks of another; "this is what I wrote on 4 May at 10:00:" is a person's sentence.
PERSONS: Final = (
    r"(?<!\w)(?:i|we|what|this|that|how|why|ich|wir|dies\w*|was|je|nous|ce|ceci|voici|yo|esto|io|questo|ecco|eu|isto"
    r"|ik|dit|wat|jag|jeg|detta|dette|minä|tämä|ja|to co|já|toto|я|мы|это|ми|це|ben|bu)(?!\w)"
)
# A line that begins so is a person's lead to what he pasted ("The manual says:"), unless it names a day or an address.
ARTICLES: Final = (
    "the|your|our|my|this|these|those|here|der|die|das|dies\\w*|ihre?|unsere?|meine?|im|hier|les?|la|votre|notre|mon|ma"
    "|voici|el|los|las|su|mi|il|lo|gli|i|la vostra|ecco|het|uw|onze|mijn|aquí|aqui|nosso|nossa|meu|minha"
)
# But such a lead says that the writer's answers stand between or in the quoted words.
ANSWERS: Final = (
    r"\b(?:answer|comment|inline|in-line|repl(?:y|ies)|respon[sd]|antwort|kommentar|anmerkung|réponse|commentaire"
    r"|respuesta|comentario|rispost|comment[io]|resposta|comentário|antwoord|opmerking|svar|vastau|odpowied|odpov"
    r"|komentář|ответ|комментар|відповід|cevap|yanıt)|回复|回覆|回答|答复|答覆|返信|답변|회신"
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
    "|差出人|送信者|보낸 사람|보낸사람|보낸이|feladó|από|de la|expéditeur|remitente|mittente|afzender"
    "|avsändare|avsender"
    "|afsender|nadawca|odesílatel|отправитель|відправник|发送人|von:|מאת|من|dari|từ|送信元|šalje|saatja|expeditorul"
    "|nuo|no|oseba"
)
_DATE = (
    "date|sent|datum|gesendet|gesendet am|date d'envoi|envoyé|envoyé le|envoyée|enviado|enviado el"
    "|enviado em|enviada|enviada em|enviada el|fecha|data|inviato|verzonden|verzonden op|skickat"
    "|datum/tid|sendt|dato|lähetetty|päivämäärä|wysłano|wysłane|data wysłania|odesláno|odoslané|дата"
    "|отправлено|отправлено:|надіслано|відправлено|gönderildi|gönderilme tarihi|gönderim|tarih|发送时间"
    "|日期|寄件日期|傳送時間|发送日期|時間|送信日時|日時|送信日|日付|보낸 날짜|날짜|보낸날짜"
    "|elküldve|dátum|trimis|message du|em"
    "|ημερομηνία|נשלח|תאריך|تاريخ|tanggal|ngày"
    "|στάλθηκε|изпратено|saadetud|išsiųsta|nosūtīts|poslano|sent on|date d’envoi|data de envio|dikirim"
    "|đã gửi|เมื่อ|data e hora"
)
_TO = (
    "to|an|à|a|para|aan|naar|till|til|vastaanottaja|do|komu|pro|кому|kime|alıcı|收件人|收件者|宛先"
    "|받는 사람|받는사람|받는이|수신"
    "|címzett|către|προς|destinataire|destinatario|отримувач|получатель|אל|إلى|kepada|đến|pour|送信先|prima"
    "|pre|adresat"
    "|destinatarul|收信人"
    "|до|adressaat|kellele|kam|za|kepada|ถึง|recipients|destinatários|destinatari|vastaanottajat|mottaker"
    "|modtager|mottagare|empfänger"
)
_CC = (
    "cc|kopie|copie|copie à|copia|kopia|kopi|kopio|dw|udw|копия|копія|bilgi|抄送|副本|참조|kópia|másolat"
    "|bcc|cci|cco|ccn|skryta kopie|μ.κοιν|con copia a"
)
_SUBJECT = (
    "subject|betreff|betrifft|objet|asunto|assunto|oggetto|onderwerp|ämne|emne|aihe|temat|předmět"
    "|předmet|predmet|vec|тема|konu|主题|主旨|主題|標題|件名|제목|tárgy|subiect|θέμα|assumpte|topic|נושא|הנדון"
    "|الموضوع|subjek|chủ đề|sujet|naslov|subiectul"
    "|относно|teema|temats|tema|zadeva|chủ đề|เรื่อง|re"
)
_OTHER = (
    "reply-to|reply to|organization|organisation|attachments|anlagen|importance|priority|wichtigkeit"
    "|pièces jointes|newsgroups|mailed-by|répondre à|antwort an|priorität|message-id|x-mailer|附件"
    "|添付ファイル|첨부|allegati|adjuntos|anexos|bijlagen|bilagor|liitteet|załączniki|přílohy|вложения|ekler"
    "|gesendet von|sent by"
)

# What a header label at the head of a quoted mail speaks of.
LABELS: Final[dict[str, str]] = {
    label.casefold(): kind  # "προς" ends otherwise then
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
    "|받은 메일 내용|replied mail|tin nhắn gốc|pesan asli|ההודעה המקורית|הודעה מקורית|الرسالة الأصلية"
    "|en réponse à|antwort auf".split("|")
)
# Desks ask for replies above a line; all below it is theirs. How such a line begins, where nothing frames it.
ABOVE: Final = (
    "above this line|reply above|below this line|oberhalb dieser (?:zeile|linie)|über dieser (?:zeile|linie)"
    "|au-dessus de cette ligne|(?:encima|arriba) de esta línea|sopra (?:a )?questa (?:riga|linea)"
    "|acima desta linha|boven deze (?:regel|lijn)|ovanför (?:den här|denna) (?:raden|linjen|rad)|over denne linj\\w*"
    "|tämän rivin yläpuolelle|powyżej tej linii|nad tímto řádkem|nad tento řádek|выше этой (?:строки|линии)"
    "|вище цього рядка"
    "|bu satırın üst|在此(?:行|线)(?:之上|以上|上方)|在此(?:行|線)(?:之上|以上|上方)|この(?:行|線)より上"
    "|이 (?:줄|선) 위"
)
ABOVE_HOLDS: Final = tuple(  # one of these stands in each
    "this line|reply above|er zeile|er linie|cette ligne|línea|questa |linha|deze |raden|linje|linj|rivin"
    "|linii|řádk|řádek"
    "|строки|рядка|satırın|在此|この行|この線|이 줄|이 선".split("|")
)
ASKING: Final = (
    "(?:please )?(?:reply|write|type|respond|enter|add)\\b|to (?:reply|respond|answer)\\b"
    "|(?:please )?do not (?:write|type|reply)"
    "|(?:bitte )?(?:antworten|schreiben|geben)\\b|(?:veuillez|merci de|prière de) |répondez"
    "|(?:por favor,? )?(?:responda|escriba|escreva)"
    "|(?:si prega di )?(?:rispond|scriv)|(?:gelieve|antwoord|typ|svara|skriv|vänligen|odpowiedz|odpovězte"
    "|пожалуйста|ответьте)"
)
