"""Where reports in words put the address that was not reached. What the words mean is `bounce_texts.py`'s affair."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from mailgate.mail.bounce_words import FAILED, NOBODY_THERE

LINES: Final = 2000
WIDTH: Final = 400
_MOST_JUDGED: Final = 300  # lines with an address of which it is asked whether they speak of failure

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
# Chinese, Japanese and Korean words stand next to an address without a space, so their letters are none of it.
_LETTER = r"(?:(?![\u2e80-\uffef])[\w-])"
_ADDRESS = (
    r"(?:(?![\u2e80-\uffef])[^\s@<>()\[\],;:\"'\\=|«»“”„‘]|(?<=[a-z])'(?=[a-z])){1,100}"
    rf"@(?:{_LETTER}{{1,63}}\.){{1,8}}(?=[a-z]){_LETTER}{{2,63}}(?!\.?{_LETTER})"
)
# In falling order of trust: what a line says that names the one who was not reached.
_LEADING = re.compile(
    rf"\s{{0,20}}(?:>>> )?[<\"'(\[*`]{{0,3}}(?:mailto:|smtp:"
    rf"|rfc822;)?(?:{_ADDRESS} (?=<))?<?({_ADDRESS})[>\"')\]*`]{{0,3}}(?:\s{{0,3}}(?:$|[:(\[<,;.]|\.\.\.|-|on |\d"
    rf"|[A-Z]|was|could|is |does))",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"(?:rcpt to|recipients?(?: address(?:es)?| e-?mail address| were affected| list| name)?"
    r"|addressed to|final[- ]recipient|unknown user|unknown address|undeliverable (?:to|for)"
    r"|delivered to|deliver(?:ing|ed|y)? (?:your |the |this |of )?(?:message|mail|e-?mail)?\s?(?:to"
    r"|for)|(?:e-?mail )?address(?:es|ee)?|rejected recipient|failed (?:recipient|address)(?:es|s)?"
    r"|user mailbox|mailbox|user|account|intended for|not reach|sent to|message (?:to|for)|mail (?:to"
    r"|for)|envoyé à|destinataire|destinatario|empfänger|an|to|宛先|收件人|お届け先|받는 ?사람|수신(?:자|인))"
    r"[\s:=\-–(<\[\"'>*]{0,12}(?:mailto:|smtp:)?" + rf"({_ADDRESS})",
    re.IGNORECASE,
)
_REPLIED = re.compile(rf"(?:^|\D)[45]\d\d[ -].{{0,200}}?({_ADDRESS})", re.IGNORECASE)
_ANYWHERE = re.compile(rf"({_ADDRESS})", re.IGNORECASE)
_NEXT = re.compile(rf"[>)\"']{{0,3}}\s{{0,3}}[,;]\s{{0,3}}[<(\"']{{0,3}}({_ADDRESS})", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?])\s|[。！？]|\n\s{0,20}\n")
_LINK = re.compile(r"mailto:([^\"'<>\s]{3,200})", re.IGNORECASE)
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


def recipients(text: str, ours: Collection[str]) -> list[str]:
    """The addresses that a report in words speaks of, by the most telling lines that name any."""
    above = [line for line in above_the_returned(text) if not _SENDER_LINE.match(line)]
    for pattern in (_LEADING, _NAMED, _REPLIED):
        found = _found(above, pattern, ours)
        if found:
            return found
    # An address that nothing is said of: where its line speaks of failure, or where no other is there.
    addressed = [line for line in above if "@" in line]
    failing = _found([line for line in addressed[:_MOST_JUDGED] if _fails(line)], _ANYWHERE, ours)
    anywhere = _found(above, _ANYWHERE, ours)
    return failing or (anywhere if len(anywhere) == 1 else []) or _found(above, _LEADING, ours, spare=False)


def linked(html: str, ours: Collection[str]) -> list[str]:
    """The one address to which a link of the report leads: Exchange shows people's names and links their addresses."""
    found = _found([one[:WIDTH] for one in _LINK.findall(html)], _ANYWHERE, ours)
    return found if len(found) == 1 else []


def names_in_front(text: str) -> bool:
    """Whether a line begins with an address, as the lists of those who were not reached do."""
    return any(_LEADING.match(line) for line in above_the_returned(text)[:60])


def blames_an_address(text: str) -> bool:
    """Whether a sentence that speaks of failure has an address in it."""
    head = "\n".join(above_the_returned(text)[:80])[:8000]
    return any("@" in one and _ANYWHERE.search(one) and _fails(one) for one in _SENTENCE.split(head))


def _fails(words: str) -> bool:
    """Whether the words speak of failure, the addresses among them ("mailbox bob@… is disabled") or not."""
    bare = " ".join(_ANYWHERE.sub(" ", words).split())
    return any(pattern.search(one) for pattern in (FAILED, NOBODY_THERE) for one in (words, bare))


def _found(lines: Iterable[str], pattern: re.Pattern[str], ours: Collection[str], *, spare: bool = True) -> list[str]:
    found: dict[str, str] = {}
    for line in lines:
        match = pattern.match(line) if pattern is _LEADING else pattern.search(line)
        if match is None:
            continue
        for address in (match.group(1), *_after(line, match.end(1))):
            plain = address.strip(".'`*")
            if plain.casefold() not in ours and not (spare and _NOBODY.match(plain)):
                found.setdefault(plain.casefold(), plain)
    return list(found.values())


def _after(line: str, at: int) -> Iterator[str]:
    """The addresses that follow one in a list, with commas between."""
    while match := _NEXT.match(line, at):
        yield match.group(1)
        at = match.end(1)


def shows_a_mail(text: str) -> bool:
    lines = text.splitlines()[:LINES]
    return any(at > 1 and _RETURNED.match(line[:WIDTH]) for at, line in enumerate(lines))


def above_the_returned(text: str) -> list[str]:
    lines = [line[:WIDTH] for line in text.splitlines()[:LINES]]
    for at, line in enumerate(lines):
        if at > 1 and _RETURNED.match(line):
            return lines[:at] if at > 2 else lines
    return lines
