"""What mail systems say in words when they could not deliver: phrases, and where they put the address. No RFC 3464 here."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final

LINES: Final = 2000
WIDTH: Final = 400

_DAEMON = re.compile(
    r"mailer[-_. ]?daemon|mail[-_. ]?daemon|mdaemon|postmaster|mail ?(?:delivery|administrator|router|system)|mail[-_.]delivery|delivery (?:sub)?system"
    r"|(?:sub)?system administrator|system attendant|mail[-_.]?admin|mailadm|smtp (?:server|gateway|agent)|qmail-send|majordomo|mmdf|exchange server|internet mail (?:service|delivery)|bounce|auto-?reply@|administrat(?:or|eur|ore|ador)@"
    r"|antivirus|mailsweeper|smtp[-_ ]?mail|mail transport|pmdf|delivery (?:report|notif|status|agent|service)|mail ?gateway|groupwise|mimesweeper|symantec|trend ?micro|notification@|mailmaster|mailscanner|messaging server|mail server|no-?reply@sns\.amazonaws",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"undeliver(?:able|ed)|non[- ]?deliver(?:able|ed|y)|not (?:be )?delivered|delivery (?:status|failure|failed|report|error|problem|unsuccessful|has failed|warning|notification|delayed|incomplete|attempts)"
    r"|fail(?:ure|ed)? (?:notice|delivery|mail|to deliver|delivering|report)|returned (?:mail|message|to sender|email|e-mail)|mail (?:delivery|system error|status report|failure|error|could not|not delivered)|message (?:delivery|delayed|not delivered|undeliverable|could not|status|rejected|you sent)"
    r"|undeliverable|delayed|could(?: not|n't) (?:be )?(?:deliver|send|sent)|(?:could|can)not send|can't (?:be )?deliver|unable to deliver|user unknown|unknown (?:user|address|recipient)|bounced?|nondeliverable|rejected|warning: |notification d'état|failure|delivery"
    r"|unzustellbar|nicht zugestellt|zustell(?:ung|fehler|barkeit|status)|rückläufer|mail.?fehler|non remis|non distribu|non délivr|échec|notification de (?:la )?(?:remise|distribution)|état de (?:la )?(?:remise|distribution)|no (?:se ha )?(?:podido )?entreg|no entregad|devuelto|devolvid|n[ãa]o entreg|non recapit|mancat[ao]|mancata consegna|impossibile (?:recapitare|consegnare)"
    r"|onbestelbaar|niet (?:bezorgd|afgeleverd)|kunde inte levereras|ikke leveres|kunne ikke|ikke afleveret|toimittami|ei voitu|niedostarcz|nie dostarcz|zwrot|nedoruč|nelze doruč|не доставлен|недоставлен|не удалось|не доставлено|teslim edilemedi|iletilemedi"
    r"|退信|退件|退回|无法(?:投递|送达|传递)|無法(?:投遞|傳遞|送達)|未送达|系统退信|配信(?:不能|エラー|失敗|できません)|(?:メール|メッセージ).{0,10}(?:届|送信|配信)(?:き|信)?(?:ません|でき|エラー)|送信(?:エラー|できません|失敗)|不達|宛先不明|エラーメール|배달(?:되지| 실패|할 수)|전송 ?(?:실패|되지)|반송",
    re.IGNORECASE,
)
_FAILED = re.compile(
    r"(?:could|can|was|were|has|have|did|will|is) ?(?:not|n't) (?:yet )?(?:be |been |reach |able to )?(?:deliver|sent\b|send\b|the following|reach|transmit|relay|process|accept)|(?:couldn't|can't|cannot|wasn't able to|unable to|not able to|failed to|impossible to|trouble) (?:be )?(?:deliver|send|sent|transmit|relay)"
    r"|undeliver|non-?deliver|not deliver|delivery (?:to|of|has|attempt|failed|failure|error|was|for|problem|status)|permanent(?:ly)? (?:fatal )?(?:fail|error)|permanent error|fatal errors|deliver(?:ing|y) .{0,40}fail|had (?:delivery|permanent|problem)|delivery (?:problems|errors)"
    r"|(?:user|recipient|mailbox|address|account|domain|host|addressee) (?:is |was |name is )?(?:unknown|not (?:found|exist|listed|recogni)|unavailable|disabled|rejected|does ?n.t exist|does not exist|full|invalid|over quota|unrouteable|no longer|inactive)|unknown (?:user|address|recipient|host|or invalid|local|mailbox)"
    r"|no such (?:user|address|recipient|mailbox|account|person|local|domain)|unrouteable|address(?:es)? (?:failed|had|rejected|not found)|mailbox (?:is )?(?:full|unavailable|exceed|size|not)|over ?quota|quota exceed|exceed(?:s|ed) .{0,40}(?:quota|size|limit|storage|space)|(?:^|\D)5\d\d[ -](?:#?5\.\d\.\d|[<\"\w])|(?:^|[^\d.])5\.\d\.\d{1,2}[^\d.]"
    r"|returned? (?:to sender|mail|message|unsent|below)|returning (?:message|your)|message (?:returned|rejected|refused|could not|bounced|size exceeds)|transcript of (?:the )?session|not listed in|did not reach|couldn.t be (?:found|delivered)|failed (?:recipient|addresses|permanently)|error(?:s)? (?:occurred|encountered|while)|invalid (?:recipient|address|user|mailbox)|giv(?:en|ing) up"
    r"|does not (?:exist|like recipient|have an? .{0,40}account)|doesn.t (?:exist|have an? .{0,40}account)|not (?:a valid|our customer|a known user)|rejected (?:by|recipient|your|for|because)|(?:message|mail) (?:was |has been )?(?:rejected|blocked|refused)|has been (?:rejected|blocked|disabled|suspended|discontinued)|(?:may|might) not exist"
    r"|nicht (?:zugestellt|übermittelt|ausgeliefert|weitergeleitet|gefunden)|unzustellbar|konnte nicht|konnten nicht|n'a (?:pas )?pu (?:être|etre)|n'a pas été|impossible de|échec|no (?:se )?(?:ha |pudo |puede |pudieron )?(?:sido |podido )?(?:ser )?entreg|no existe|não (?:foi |p[ôo]de )?(?:poss|ser|entreg)|impossibile|non (?:è stato|può|recapit|e' stato)|niet (?:worden )?(?:bezorgd|afgeleverd|besteld)|kunde inte|kunne ikke|ei voitu|nie (?:można|mogła|został|udało|dostarcz)|nelze|nemohla|nebyl|не (?:может|может быть|удалось|был|доставлен|смог)|teslim edilemedi"
    r"|退信|退回|无法|無法|不存在|未能|届けられ|配信でき|送信でき|届きません|存在しません|見つかりません|配達でき|お届けでき|エラー|전달(?:되지|할 수)|배달|반송|전송",
    re.IGNORECASE,
)
_DELAY = re.compile(
    r"warning: message .{0,60}delayed|delayed (?:mail|\d)|delivery (?:status notification )?\(?(?:delay|mail delivery delayed)|mail delivery delayed|message delayed|delivery delayed|delayed delivery|(?:not|n't) yet (?:been )?(?:be )?delivered|still being retried|delivery (?:is )?delay|zustellung verzögert|verzögert|wird verzögert|retardé|retrasad|delivery warning|mail delivery warning",
    re.IGNORECASE,
)
_DELAY_TEXT = re.compile(
    r"(?:this is a |is only a )?warning (?:message )?only|you do not need to resend|no need to (?:resend|retry)|no action is required on your part|(?:will|shall) (?:be retried|continue to (?:be )?(?:try|tried|retr|attempt)|keep trying|be (?:re)?attempted)|still (?:being retried|trying|in (?:the|my|our) queue)|not yet been delivered|hasn't been delivered yet|will retry|message will be retried|delivery attempts will continue|will be retried for|continue trying|delivery .{0,60}(?:has been |is |was )?delayed|has not (?:yet )?been delivered .{0,30}yet",
    re.IGNORECASE,
)
_GAVE_UP = re.compile(
    r"(?:failed|failure) permanently|permanent(?:ly)? (?:fail|fatal|error)|giv(?:en|ing) up|gave up|has been returned|retry time(?:out)? (?:not reached|exceeded)|retry timeout exceeded|could not be delivered (?:for|in|after)|too long|(?:message|it) (?:has )?expired|maximum|cannot send message (?:for|within)|no longer|could not be delivered\.|permanently",
    re.IGNORECASE,
)
_LASTING = re.compile(r"(?:^|[^\d.])5\.\d\.\d{1,2}|(?:^|\D)55\d[ -]|unknown|no such|not exist|permanent|not found|not listed|invalid|doesn't have|unrouteable|disabled", re.IGNORECASE)
_PASSING = re.compile(r"(?:^|[^\d.])4\.\d\.\d{1,2}|(?:^|\D)4[25]\d[ -]|over ?quota|mailbox (?:is )?full|temporar|timed? ?out|retry", re.IGNORECASE)
_CHALLENGE = re.compile(
    r"(?:confirm|verify|authenticate|validate) (?:that )?(?:your (?:message|e-?mail|mail|identity)|yourself|you are|you're|this (?:message|e-?mail))"
    r"|click (?:on )?(?:the|this|here|below).{0,80}(?:deliver|confirm|verif|release|approv)|challenge[- ]response|confirm.{0,40}repl(?:y|ying)"
    r"|(?:reply|respond)(?:ing)? to this .{0,60}(?:confirm|deliver|release|approve|verif|authenticat)|one-time|white ?list|(?:approved|allowed|safe) senders?"
    r"|spam ?arrest|boxbe|to be delivered.{0,60}(?:click|reply|confirm)|spamblocker|confirmation (?:required|requested|of (?:your|delivery))"
    r"|\btmda\b|\bqurb\b|mailblocks|(?:message|mail|e-?mail) (?:is |has been )?(?:being )?(?:on hold|placed on hold|awaiting your|quarantined until)",
    re.IGNORECASE,
)
_CODE = re.compile(r"(?:^|\D)5\d\d[ -]|5\.\d\.\d")
_BANNER = re.compile(r"-{3,} ?(?:non-?delivery report|failed recipients?|delivery (?:failure|report|failed))", re.IGNORECASE)
_PROGRAMS: Final = frozenset(("x-mailer", "user-agent", "in-reply-to", "references", "x-originating-ip"))
# How reports begin that come from an address which says nothing.
_OPENING = re.compile(
    r"(?:failed recipients|non-?delivery report|undeliver(?:able|ed) (?:mail|message)|delivery (?:failure|report|failed|status)|your (?:e-?mail |mail )?message (?:to |could not|was not|did not|cannot|has not|of |sent)|(?:the|a|this) (?:e-?mail |mail )?(?:message|e-?mail|mail)?\s?(?:below |that you sent |you sent )?(?:could not be|was not|cannot be|did not|was undeliverable)"
    r"|this (?:is the mail system|is an automatically generated|message was created automatically|is a delivery)|hi\. this is the|i'm (?:sorry|afraid)|we(?:'re| are) sorry|sorry,|unable to deliver|could not deliver|mail (?:delivery|could not)|the following (?:message|recipient|address|e-?mail)|message (?:delivery|not delivered)"
    r"|votre message n|diese nachricht|ihre (?:nachricht|e-?mail) (?:konnte|wurde)|su mensaje no|il (?:tuo|suo|vostro) messaggio|sua mensagem|uw bericht)",
    re.IGNORECASE,
)

# Below these lines stands the mail that failed, whose own addresses say nothing.
_RETURNED = re.compile(
    r"\W*(?:(?:this|the following|below|here|following|included|attached|enclosed).{0,40}(?:is|are|was).{0,20}(?:a )?(?:cop(?:y|ies)|text|original|header|first)|original (?:message|mail|headers?|text)\b|(?:unsent|returned|undelivered|rejected|unsent|failed|bounced|your) (?:message|mail)(?: (?:text|header|body))? ?(?:follows|is|below|header)?|message (?:headers?|text|body|contents?|source|that you sent) ?(?:follows|:|is)|copy of (?:your|the) (?:message|original)"
    r"|----+ (?:returned|original|message|unsent|headers?|forwarded|this is|below|copy|the (?:original|header|text|body)).{0,60}|-{2,} ?below this line|-{3,} ?(?:original message|message header|returned message|unsent message|message body).{0,40}|the (?:header|text|body|original|start) of (?:the|your) (?:original )?(?:message|mail)|your original (?:message|mail)|headers? of (?:the )?(?:original|your)"
    r"|ursprüngliche (?:nachricht|mail)|message d'origine|mensaje original|kopie (?:der|ihrer)|以下是|原邮件|元のメッセージ|received:\s?(?:from|by|\()|return-path:)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"'\\=|]{1,100}@(?:[\w-]{1,63}\.){1,8}[a-z][\w-]{1,62}", re.IGNORECASE)
# In falling order of trust: what a line says that names the one who was not reached.
_LEADING = re.compile(rf"\s{{0,20}}(?:>>> )?[<\"'(\[*`]{{0,3}}(?:mailto:|smtp:|rfc822;)?({_ADDRESS.pattern})[>\"')\]*`]{{0,3}}(?:\s{{0,3}}(?:$|[:(\[<,;.]|\.\.\.|-|on |\d|[A-Z]|was|could|is |does))", re.IGNORECASE)
_NAMED = re.compile(
    r"(?:rcpt to|recipients?(?: address(?:es)?| e-?mail address| were affected| list| name)?|addressed to|final[- ]recipient|unknown user|unknown address|undeliverable (?:to|for)|delivered to|deliver(?:ing|ed|y)? (?:your |the |this |of )?(?:message|mail|e-?mail)?\s?(?:to|for)|(?:e-?mail )?address(?:es|ee)?|rejected recipient|failed (?:recipient|address)(?:es|s)?|user mailbox|mailbox|user|account|intended for|not reach|sent to|message (?:to|for)|mail (?:to|for)|envoyé à|destinataire|destinatario|empfänger|an|to|宛先|收件人|お届け先)"
    r"[\s:=\-–(<\[\"'>*]{0,12}(?:mailto:|smtp:)?" + rf"({_ADDRESS.pattern})",
    re.IGNORECASE,
)
_REPLIED = re.compile(rf"(?:^|\D)[45]\d\d[ -].{{0,200}}?({_ADDRESS.pattern})", re.IGNORECASE)
_SENDER_LINE = re.compile(r"\s{0,8}(?:from|sender|mail from|reply-to|return-path|message-?id|x-[\w-]+|contact|generating server|reporting-mta|subject|cc|date|von|de|objet|sent|references|in-reply-to)\W{0,3}[:<=]", re.IGNORECASE)
_NOBODY = re.compile(r"(?:postmaster|mailer-daemon|abuse|helpdesk|support|webmaster|hostmaster|noreply|no-reply|bounces?)@", re.IGNORECASE)


def looks_like_machine(known: Mapping[str, str], subject: str, text: str) -> bool:
    """Whether a mail may be read as a report at all: a daemon's name, a null return path, or the fields of one."""
    if "x-failed-recipients" in known or known.get("content-type", "").lower().startswith("multipart/report"):
        return True
    if _DAEMON.search(known.get("from", "")[:WIDTH]):
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
    return not (known.keys() & _PROGRAMS) and bool(_OPENING.match(text[:300].lstrip(" \t\r\n*-=_#")))


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
    for pattern in (_LEADING, _NAMED, _REPLIED):
        found: dict[str, str] = {}
        for line in above:
            if _SENDER_LINE.match(line):
                continue
            match = pattern.match(line) if pattern is _LEADING else pattern.search(line)
            if match is not None:
                address = match.group(1).strip(".'`*")
                if address.casefold() not in ours and not _NOBODY.match(address):
                    found.setdefault(address.casefold(), address)
        if found:
            return list(found.values())
    return []


def _above_the_returned(text: str) -> list[str]:
    lines = [line[:WIDTH] for line in text.splitlines()[:LINES]]
    for at, line in enumerate(lines):
        if at > 1 and _RETURNED.match(line):
            return lines[:at] if at > 2 else lines
    return lines
