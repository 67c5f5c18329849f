"""What mail systems say in words when they could not deliver, and where they put the address. No RFC 3464 here."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final

LINES: Final = 2000
WIDTH: Final = 400

_DAEMON = re.compile(
    r"mailer[-_. ]?daemon|mail[-_. ]?daemon|mdaemon|mail ?(?:delivery|router|system)|mail[-_.]delivery"
    r"|mail deliver|delivery (?:sub)?system"
    r"|system attendant|smtp (?:server|gateway|agent)|smtp[-_ ]?mail|qmail-send|mmdf|exchange server"
    r"|microsoft ?exchange"
    r"|internet mail (?:service|delivery)|bounces?[@+-]|mail transport|pmdf|delivery (?:report|notif"
    r"|status|agent|service)"
    r"|no-?reply@sns\.amazonaws|mailsweeper|mimesweeper|deamon\(",
    re.IGNORECASE,
)
# People sit behind these too: their mail is a report only if it looks like one.
_OFFICE = re.compile(
    r"post[-_]?master|administrat(?:or|eur|ore|ador)|mail[-_.]?admin|mailadm|majordomo|auto-?reply@"
    r"|antivirus|mail ?gateway"
    r"|groupwise|symantec|trend ?micro|notification@|mailmaster|mailscanner|messaging server"
    r"|mail server|no-?reply@|server@|^notes|root@",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"undeliver(?:able|ed)|non[- ]?deliver(?:able|ed|y)|not (?:be )?delivered|delivery (?:status"
    r"|failure|failed|report|error|problem|unsuccessful|has failed|warning|notification|delayed"
    r"|incomplete|attempts)"
    r"|fail(?:ure|ed)? (?:notice|delivery|mail|to deliver|delivering|report)|returned (?:mail|message"
    r"|to sender|email|e-mail)|mail (?:delivery|system error|status report|failure|error|could not"
    r"|not delivered)|message (?:delivery|delayed|not delivered|undeliverable|could not|status"
    r"|rejected|you sent)"
    r"|undeliverable|delayed|could(?: not|n't) (?:be )?(?:deliver|send|sent)|(?:could|can)not send"
    r"|can't (?:be )?deliver|unable to deliver|user unknown|unknown (?:user|address|recipient)"
    r"|bounced?|nondeliverable|rejected|warning: |notification d'état|failure|delivery"
    r"|unzustellbar|nicht zugestellt|zustell(?:ung|fehler|barkeit|status)|rückläufer|mail.?fehler"
    r"|non remis|non distribu|non délivr|échec|notification de (?:la )?(?:remise|distribution)"
    r"|état de (?:la )?(?:remise|distribution)|no (?:se ha )?(?:podido )?entreg|no entregad|devuelto"
    r"|devolvid|n[ãa]o entreg|non recapit|mancat[ao]|mancata consegna|impossibile (?:recapitare"
    r"|consegnare)"
    r"|onbestelbaar|niet (?:bezorgd|afgeleverd)|kunde inte levereras|ikke leveres|kunne ikke"
    r"|ikke afleveret|toimittami|ei voitu|niedostarcz|nie dostarcz|zwrot|nedoruč|nelze doruč"
    r"|не доставлен|недоставлен|не удалось|не доставлено|teslim edilemedi|iletilemedi"
    r"|退信|退件|退回|无法(?:投递|送达|传递)|無法(?:投遞|傳遞|送達)|未送达|系统退信|配信(?:不能"
    r"|エラー|失敗|できません)|(?:メール|メッセージ).{0,10}(?:届"
    r"|送信|配信)(?:き|信)?(?:ません|でき|エラー)|送信(?:エラー|できません|失敗)|不達|宛先不明"
    r"|エラーメール|배달(?:되지| 실패|할 수)|전송 ?(?:실패|되지)"
    r"|반송",
    re.IGNORECASE,
)
_FAILED = re.compile(
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
    r"|no such (?:user|address|recipient|mailbox|account|person|local|domain)|unrouteable"
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
    r"|has been (?:rejected|blocked|disabled|suspended|discontinued)|(?:may|might) not exist"
    r"|nicht (?:zugestellt|übermittelt|ausgeliefert|weitergeleitet|gefunden)|unzustellbar|konnte nicht"
    r"|konnten nicht|n'a (?:pas )?pu (?:être|etre)|n'a pas été|impossible de|échec|no (?:se )?(?:ha "
    r"|pudo |puede |pudieron )?(?:sido |podido )?(?:ser )?entreg|no existe|não (?:foi "
    r"|p[ôo]de )?(?:poss|ser|entreg)|impossibile|non (?:è stato|può|recapit|e' stato)"
    r"|niet (?:worden )?(?:bezorgd|afgeleverd|besteld)|kunde inte|kunne ikke|ei voitu|nie (?:można"
    r"|mogła|został|udało|dostarcz)|nelze|nemohla|nebyl|не (?:может|может быть|удалось|был|доставлен"
    r"|смог)|teslim edilemedi"
    r"|退信|退回|无法|無法|不存在|未能|届けられ|配信でき|送信でき|届きません|存在しません"
    r"|見つかりません|配達でき|お届けでき|エラー|전달(?:되지|할 수)|배달|반송|전송",
    re.IGNORECASE,
)
_DELAY = re.compile(
    r"warning: message .{0,60}delayed|delayed (?:mail|\d)"
    r"|delivery (?:status notification )?\(?(?:delay|mail delivery delayed)|mail delivery delayed"
    r"|message delayed|delivery delayed|delayed delivery|(?:not|n't) yet (?:been )?(?:be )?delivered"
    r"|still being retried|delivery (?:is )?delay|zustellung verzögert|verzögert|wird verzögert"
    r"|retardé|retrasad|delivery warning|mail delivery warning",
    re.IGNORECASE,
)
_DELAY_TEXT = re.compile(
    r"(?:this is a |is only a )?warning (?:message )?only|you do not need to resend"
    r"|no need to (?:resend|retry)|no action is required on your part|(?:will|shall) (?:be retried"
    r"|continue to (?:be )?(?:try|tried|retr|attempt)|keep trying|be (?:re)?attempted)"
    r"|still (?:being retried|trying|in (?:the|my|our) queue)|not yet been delivered"
    r"|hasn't been delivered yet|will retry|message will be retried|delivery attempts will continue"
    r"|will be retried for|continue trying|delivery .{0,60}(?:has been |is |was )?delayed"
    r"|has not (?:yet )?been delivered .{0,30}yet",
    re.IGNORECASE,
)
_GAVE_UP = re.compile(
    r"(?:failed|failure) permanently|permanent(?:ly)? (?:fail|fatal|error)|giv(?:en|ing) up|gave up"
    r"|has been returned|retry time(?:out)? (?:not reached|exceeded)|retry timeout exceeded"
    r"|could not be delivered (?:for|in|after)|too long|(?:message|it) (?:has )?expired|maximum"
    r"|cannot send message (?:for|within)|no longer|could not be delivered\.|permanently",
    re.IGNORECASE,
)
_LASTING = re.compile(
    r"(?:^|[^\d.])5\.\d\.\d{1,2}|(?:^|\D)55\d[ -]|unknown|no such|not exist|permanent|not found"
    r"|not listed|invalid|doesn't have|unrouteable|disabled",
    re.IGNORECASE,
)
_PASSING = re.compile(
    r"(?:^|[^\d.])4\.\d\.\d{1,2}|(?:^|\D)4[25]\d[ -]|over ?quota|mailbox (?:is )?full|temporar|timed? ?out|retry",
    re.IGNORECASE,
)
_CHALLENGE = re.compile(
    r"(?:confirm|verify|authenticate|validate) (?:that )?(?:your (?:message|e-?mail|mail|identity)"
    r"|yourself|you are|you're|this (?:message|e-?mail))"
    r"|click (?:on )?(?:the|this|here|below).{0,80}(?:deliver|confirm|verif|release|approv)"
    r"|challenge[- ]response|confirm.{0,40}repl(?:y|ying)"
    r"|(?:reply|respond)(?:ing)? to this .{0,60}(?:confirm|deliver|release|approve|verif|authenticat)"
    r"|one-time|white ?list|(?:approved|allowed|safe) senders?"
    r"|spam ?arrest|boxbe|to be delivered.{0,60}(?:click|reply|confirm)|spamblocker"
    r"|confirmation (?:required|requested|of (?:your|delivery))"
    r"|\btmda\b|\bqurb\b|mailblocks|(?:message|mail|e-?mail) (?:is |has been )?(?:being )?(?:on hold"
    r"|placed on hold|awaiting your|quarantined until)",
    re.IGNORECASE,
)
_CODE = re.compile(r"(?:^|\D)5\d\d[ -]|5\.\d\.\d")
_BANNER = re.compile(
    r"-{3,} ?(?:non-?delivery report|failed recipients?|delivery (?:failure|report|failed))", re.IGNORECASE
)
_REPORT_FIELDS: Final = frozenset(("x-failed-recipients", "x-ms-embedded-report", "x-dsncontext"))
_PROGRAMS: Final = frozenset(("x-mailer", "user-agent", "in-reply-to", "references", "x-originating-ip"))
# How reports begin that come from an address which says nothing.
_OPENING = re.compile(
    r"(?:failed recipients|non-?delivery report|undeliver(?:able|ed) (?:mail|message)"
    r"|delivery (?:failure|report|failed|status)|your (?:e-?mail |mail )?message (?:to |could not"
    r"|was not|did not|cannot|has not|of |sent|with subject)|(?:the|a|this) (?:e-?mail "
    r"|mail )?(?:message|e-?mail|mail)?\s?(?:below |that you sent |you sent )?(?:could not be|was not"
    r"|cannot be|did not|was undeliverable)"
    r"|this (?:is the mail system|is an automatically generated|message was created automatically"
    r"|is a delivery)|hi\. this is the|i'm (?:sorry|afraid)|we(?:'re| are) sorry|sorry,"
    r"|unable to deliver|could not deliver|mail (?:delivery|could not)|the following (?:message"
    r"|recipient|address|e-?mail)|message (?:delivery|not delivered)"
    r"|votre message n|diese nachricht|ihre (?:nachricht|e-?mail) (?:konnte|wurde)|su mensaje no"
    r"|il (?:tuo|suo|vostro) messaggio|sua mensagem|uw bericht)",
    re.IGNORECASE,
)

# Below these lines stands the mail that failed, whose own addresses say nothing.
_RETURNED = re.compile(
    r"\W*(?:(?:this|the following|below|here|following|included|attached|enclosed).{0,40}(?:is|are"
    r"|was).{0,20}(?:a )?(?:cop(?:y|ies)|text|original|header|first)|original (?:message|mail|headers?"
    r"|text)\b|(?:unsent|returned|undelivered|rejected|unsent|failed|bounced|your) (?:message"
    r"|mail)(?: (?:text|header|body))? ?(?:follows|is below|below|:?$)|message (?:headers?|text|body"
    r"|contents?|source|that you sent) ?(?:follows|:|is)|copy of (?:your|the) (?:message|original)"
    r"|----+ (?:returned|original|message|unsent|headers?|forwarded|this is|below|copy|the (?:original"
    r"|header|text|body)).{0,60}|-{2,} ?below this line|-{3,} ?(?:original message|message header"
    r"|returned message|unsent message|message body).{0,40}|the (?:header|text|body|original"
    r"|start) of (?:the|your) (?:original )?(?:message|mail)|your original (?:message|mail)"
    r"|headers? of (?:the )?(?:original|your)"
    r"|ursprüngliche (?:nachricht|mail)|message d'origine|mensaje original|kopie (?:der|ihrer)|以下是|原邮件"
    r"|元のメッセージ|received:\s?(?:from|by|\()|return-path:)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"'\\=|]{1,100}@(?:[\w-]{1,63}\.){1,8}[a-z][\w-]{1,62}", re.IGNORECASE)
# In falling order of trust: what a line says that names the one who was not reached.
_LEADING = re.compile(
    rf"\s{{0,20}}(?:>>> )?[<\"'(\[*`]{{0,3}}(?:mailto:|smtp:"
    rf"|rfc822;)?({_ADDRESS.pattern})[>\"')\]*`]{{0,3}}(?:\s{{0,3}}(?:$|[:(\[<,;.]|\.\.\.|-|on |\d"
    rf"|[A-Z]|was|could|is |does))",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"(?:rcpt to|recipients?(?: address(?:es)?| e-?mail address| were affected| list| name)?"
    r"|addressed to|final[- ]recipient|unknown user|unknown address|undeliverable (?:to|for)"
    r"|delivered to|deliver(?:ing|ed|y)? (?:your |the |this |of )?(?:message|mail|e-?mail)?\s?(?:to"
    r"|for)|(?:e-?mail )?address(?:es|ee)?|rejected recipient|failed (?:recipient|address)(?:es|s)?"
    r"|user mailbox|mailbox|user|account|intended for|not reach|sent to|message (?:to|for)|mail (?:to"
    r"|for)|envoyé à|destinataire|destinatario|empfänger|an|to|宛先|收件人|お届け先)"
    r"[\s:=\-–(<\[\"'>*]{0,12}(?:mailto:|smtp:)?" + rf"({_ADDRESS.pattern})",
    re.IGNORECASE,
)
_REPLIED = re.compile(rf"(?:^|\D)[45]\d\d[ -].{{0,200}}?({_ADDRESS.pattern})", re.IGNORECASE)
_ANYWHERE = re.compile(f"({_ADDRESS.pattern})", re.IGNORECASE)
_SENDER_LINE = re.compile(
    r"\s{0,8}(?:from|sender|mail from|reply-to|return-path|message-?id|x-[\w-]+|contact"
    r"|generating server|reporting-mta|subject|cc|date|von|de|objet|sent|references"
    r"|in-reply-to)\W{0,3}[:<=]",
    re.IGNORECASE,
)
_NOBODY = re.compile(
    r"(?:postmaster|mailer-daemon|abuse|helpdesk|support|webmaster|hostmaster|noreply|no-reply|bounces?)@",
    re.IGNORECASE,
)


def looks_like_machine(known: Mapping[str, str], subject: str, text: str) -> bool:
    """Whether a mail may be read as a report at all: a daemon's name, a null return path, or the fields of one."""
    kind = known.get("content-type", "").lower()
    if known.keys() & _REPORT_FIELDS or kind.startswith("multipart/report") or "report-type=delivery-status" in kind:
        return True
    author = known.get("from", "")[:WIDTH]
    if _DAEMON.search(author):
        return True
    if not _SUBJECT.search(subject[:WIDTH]):
        return False
    back = known.get("return-path", "?").strip()
    if back in ("<>", "") or _DAEMON.search(back[:WIDTH]) or not known.get("from", "").strip():
        return True
    if known.get("auto-submitted", "no").strip().lower() not in ("no", ""):
        return True
    # A gateway with a name of its own. People paste reports too, but below words of theirs and with a mail program.
    if _BANNER.match(text[:200].lstrip()):
        return True
    opens = bool(_OPENING.match(text[:300].lstrip(" \t\r\n*-=_#")))
    if _OFFICE.search(author):
        head = text[:20_000]
        return opens or bool(_CODE.search(head) or _DELAY_TEXT.search(head)) or _shows_a_mail(text)
    return opens and not known.keys() & _PROGRAMS


def is_challenge(subject: str, text: str) -> bool:
    """A challenge ("click here so that your mail is delivered") is no report: nothing failed."""
    head = text[:4000]
    return bool(_CHALLENGE.search(subject[:WIDTH]) or _CHALLENGE.search(head)) and not _CODE.search(head)


def is_delay(subject: str, text: str) -> bool:
    """A warning that delivery takes long and goes on."""
    head = text[:6000]
    if _DELAY.search(subject[:WIDTH]):
        return not _GAVE_UP.search(head) or bool(_DELAY_TEXT.search(head))
    return bool(_DELAY_TEXT.search(head)) and not _GAVE_UP.search(head)


def says_failed(subject: str, text: str) -> bool:
    return bool(_FAILED.search("\n".join(line[:WIDTH] for line in text[:20_000].splitlines()[:200]))) or bool(
        _SUBJECT.search(subject[:WIDTH])
    )


def lasting(text: str) -> bool | None:
    """Whether the words speak of a failure for good; None where they do not say."""
    head = text[:8000]
    if _LASTING.search(head):
        return True
    return False if _PASSING.search(head) else None


def recipients(text: str, ours: Collection[str]) -> list[str]:
    """The addresses that a report in words speaks of, by the most telling lines that name any."""
    above = _above_the_returned(text)
    for pattern in (_LEADING, _NAMED, _REPLIED, _ANYWHERE):
        found: dict[str, str] = {}
        for line in above:
            if _SENDER_LINE.match(line):
                continue
            match = pattern.match(line) if pattern is _LEADING else pattern.search(line)
            if match is not None and (pattern is not _ANYWHERE or _FAILED.search(line)):
                address = match.group(1).strip(".'`*")
                if address.casefold() not in ours and not _NOBODY.match(address):
                    found.setdefault(address.casefold(), address)
        if found:
            return list(found.values())
    return []


def _shows_a_mail(text: str) -> bool:
    lines = text.splitlines()[:LINES]
    return any(at > 1 and _RETURNED.match(line[:WIDTH]) for at, line in enumerate(lines))


def _above_the_returned(text: str) -> list[str]:
    lines = [line[:WIDTH] for line in text.splitlines()[:LINES]]
    for at, line in enumerate(lines):
        if at > 1 and _RETURNED.match(line):
            return lines[:at] if at > 2 else lines
    return lines
