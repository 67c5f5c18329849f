"""The words by which mail programs of many languages say that they forward. Only data.

All are lower case (casefold). What stands above the forwarded mail's head, before its subject, and in its dates; the
labels of the head itself ("Von:", "Gesendet:") are those of replies too: `quote_words.py`.
"""

from __future__ import annotations

from typing import Final

from mailgate.mail.away_words import MONTHS as MONTHS_OF_TEN

# "---------- Forwarded message ---------", "Begin forwarded message:"
FORWARDS: Final = frozenset(
    "forwarded message|forwarded messages|begin forwarded message|forwarded email|forwarded mail"
    "|forward message"
    "|start of forwarded message|weitergeleitete nachricht|anfang der weitergeleiteten nachricht|weitergeleitete mail"
    "|anfang der weitergeleiteten e-mail|weitergeleitete e-mail|message transféré|message réexpédié"
    "|courriel transféré"
    "|début du message transféré|début du message réexpédié|mensaje reenviado|inicio del mensaje reenviado"
    "|correo reenviado|mensagem encaminhada|mensagem reencaminhada|início da mensagem encaminhada"
    "|início da mensagem reencaminhada|messaggio inoltrato|inizio messaggio inoltrato|doorgestuurd bericht"
    "|begin doorgestuurd bericht|begin van doorgestuurd bericht|vidarebefordrat meddelande|vidarebefordrat brev"
    "|vidarebefordrat mejl|början på vidarebefordrat brev|start på vidarebefordrat mejl"
    "|videresendt meddelelse|videresendt melding|videresendt besked"
    "|start på videresendt besked|start på videresendt melding|begynnelse på videresendt melding|välitetty viesti"
    "|edelleenlähetetty viesti|välitetty viesti alkaa|wiadomość przekazana|przekazana wiadomość|przesłana wiadomość"
    "|treść przekazanej wiadomości|początek przekazywanej wiadomości|přeposlaná zpráva|předaná zpráva"
    "|začátek přeposlané zprávy|preposlaná správa|пересылаемое сообщение|пересланное сообщение"
    "|переадресованное сообщение"
    "|начало переадресованного сообщения|начало пересылаемого сообщения|переслане повідомлення"
    "|перенаправлене повідомлення|переадресоване повідомлення|початок переадресованого повідомлення|iletilen mesaj"
    "|yönlendirilen ileti|iletilmiş ileti|iletilen ileti|i̇letilen ileti başlangıcı"
    "|yönlendirilmiş mesaj|转发的邮件|转发邮件|轉寄郵件"
    "|轉寄的郵件|转发邮件信息|被转发邮件信息|转发的消息|轉寄訊息|已轉寄郵件|开始转发的信息"
    "|開始轉寄郵件|転送メッセージ|転送されたメッセージ|転送メール"
    "|転送されたメール|전달된 메일|전달된 메시지|전달된메일|전달된 이메일|továbbított üzenet"
    "|mesaj redirecționat|προωθημένο μήνυμα"
    "|missatge reenviat|proslijeđena poruka|הודעה שהועברה"
    "|forward email|forwarded conversation|message transmis|začátek přeposílané zprávy|továbbított levél kezdete"
    "|započni proslijeđenu poruku|începe mesajul redirecționat|začiatok preposlanej správy"
    "|i̇leti başlangıcı|i̇letilen ileti|i̇letilen mesaj|i̇letilmiş mesaj|початок листа, що пересилається"
    "|перенаправленное сообщение|välitetty viesti / fwd.msg|preposlaná správa --- forwarded message"
    "|メッセージを転送|転送されたメッセージ:|已转发邮件|轉寄的訊息|doorgestuurde e-mail|videresendt e-mail".split("|")
)
# Lotus Notes: "----- Forwarded by Ann Example/ACME on 02.11.2026 -----"; Mutt: "----- Forwarded message from Ann".
FORWARDED_BY: Final = (
    "forwarded by ",
    "forwarded message from ",
    "weitergeleitet von ",
    "transféré par ",
    "réexpédié par ",
    "reenviado por ",
    "encaminhado por ",
    "inoltrato da ",
    "doorgestuurd door ",
    "vidarebefordrat av ",
    "videresendt af ",
    "videresendt av ",
    "przesłane przez ",
    "переслал ",
)
# What ends a forwarded mail, where its program says so.
ENDS: Final = frozenset(
    "end of forwarded message|end forwarded message|ende der weitergeleiteten nachricht|fin du message transféré"
    "|fin du message réexpédié|fin del mensaje reenviado|fine messaggio inoltrato|einde doorgestuurd bericht"
    "|конец пересылаемого сообщения|завершение пересылаемого сообщения|конец пересланного сообщения"
    "|конец переадресованного сообщения|кінець переадресованого повідомлення|koniec wiadomości przekazanej"
    "|fim da mensagem encaminhada".split("|")
)
# "Ann on behalf of Bob": two people, and no telling which of them wrote.
ON_BEHALF: Final = (
    "on behalf of|im auftrag von|de la part de|en nombre de|em nome de|per conto di|namens |på vägnar|på vegne af"
    "|på vegne av|w imieniu|от имени|puolesta|jménem|adına|の代理|代表"
)

# Before a subject, with a colon behind ("WG:", "Re[2]:"); "_" stands for a space.
FORWARD_PREFIXES: Final = tuple(
    """
    fw fwd wg tr i rv enc pd redir. redir vb vl doorst tov továbbítás továbbítva fs ilt İlt i̇lt videresend
    转发 轉寄 轉發 転送 전달 пересл переслано προθ πρθ הועבר إعادة إعادة_توجيه chuyển_tiếp trs terusan proslij posr
    redirecționat preposl přepos препр بازفرست
    """.split()
)
REPLY_PREFIXES: Final = tuple(
    """
    re aw antw antwort sv vedr ynt rv res rép rep réf ref odp odg atb atbild att ats at hs vá va
    rif r bls yml ant 回复 回覆 答复 答覆 返信 回信 답장 회신 отв ответ ha на відп
    απ σχετ השב תגובה رد ការឆ្លើយតប trả_lời ตอบ resp resposta respuesta risposta réponse betr válasz vast răsp отг
    відповідь پاسخ svar antwoord odpověď
    """.split()
)
# Of these some are words of a subject as well: "R: drive is full", "Ref: order 17", "Att: accounts", "FS: disk full".
# They count beside another prefix, or with a counter.
DOUBTFUL_PREFIXES: Final = frozenset("r i ref réf att at ha fs hs ant vast resp svar rep".split())
# Danes and Norwegians forward with it, Finns reply with it: the labels below tell which.
AMBIGUOUS_PREFIXES: Final = ("vs",)
AMBIGUOUS_FORWARD_LABELS: Final = ("fra",)

# Month names in the languages that `away_words.py` lacks, one line a month.
_MORE_MONTHS: Final = """
    tammikuuta tammi stycznia sty ledna led január ocak oca января янв січня січ januára
    fév helmikuuta helmi lutego lut února úno február febr şubat şub февраля февр фев лютого лют
    mär mrt maaliskuuta maalis marca března bře március márc mart марта мар березня бер
    huhtikuuta huhti kwietnia kwi dubna dub április ápr nisan nis апреля апр квітня кві apríla
    toukokuuta touko maja května kvě május máj mayıs мая май травня тра mája
    kesäkuuta kesä czerwca cze června čvn június jún haziran haz июня июн червня чер júna
    heinäkuuta heinä lipca lip července čvc július júl temmuz tem июля июл липня лип júla
    elokuuta elo sierpnia sie srpna srp augusztus ağustos ağu августа авг серпня сер augusta
    syyskuuta syys września wrz září zář szeptember szept eylül eyl сентября сент сен вересня вер septembra
    out lokakuuta loka października paź října říj október ekim eki октября окт жовтня жов októbra
    marraskuuta marras listopada lis listopadu kasım kas ноября нояб ноя листопада лис novembra
    des desember joulukuuta joulu grudnia gru prosince pro aralık ara декабря дек грудня гру decembra
"""
MONTHS: Final[dict[str, int]] = dict(MONTHS_OF_TEN) | {
    name: number for number, names in enumerate(_MORE_MONTHS.strip().splitlines(), start=1) for name in names.split()
}
# Half days, before or after the hour.
MORNINGS: Final = ("am", "a.m", "上午", "午前", "오전")
EVENINGS: Final = ("pm", "p.m", "下午", "午後", "오후", "晚上")
# Hours east of Greenwich by name. Names that two zones share are no help and stand for none.
ZONES: Final[dict[str, int]] = {
    "utc": 0, "gmt": 0, "z": 0, "cet": 1, "mez": 1, "cest": 2, "mesz": 2, "eet": 2, "eest": 3, "msk": 3,
    "est": -5, "edt": -4, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "jst": 9, "kst": 9,
}  # fmt: skip
