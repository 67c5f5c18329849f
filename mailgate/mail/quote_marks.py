"""Says of each line of a mail what it is: the writer's own, quoted, an intro, a header block, a marker.

Every pattern sees at most `WIDTH` characters of at most `LINES` lines, so any text takes linear time. The idea of
classing lines and working on the string of classes is that of Discourse's email_reply_trimmer; the words are
`quote_words.py`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from mailgate.mail import quote_words as words
from mailgate.mail.forward_words import FORWARDED_BY
from mailgate.mail.forward_words import FORWARDS as _FORWARDS

LINES: Final = 2500
CHARACTERS: Final = 160_000  # of all lines looked at together
WIDTH: Final = 300
INTRO_WIDTH: Final = 420

# Classes of lines
TEXT: Final = "t"
EMPTY: Final = "e"
QUOTE: Final = "q"
RULE: Final = "d"  # a line of dashes and the like

_QUOTE = re.compile(r"[ \t]{0,3}(?:>|&gt;|»)")
_CLOSER = re.compile(r">\s{0,3}(?:wrote|schrieb|a écrit)?\s{0,2}:\s*$")  # the rest of a wrapped "<ann@example.com\n>:"
_RULE = re.compile(r"\W*[-_=*~#—–─━‐﹣]{2,}[-_=*~#—–─━ ‐﹣]*$|[—―]$|(?:\| )+\|$")

_VERB = re.compile(rf"(?:(?<!\w)(?:{words.VERBS})(?!\w)|(?:{words.VERBS_UNSPACED}))")
_VERB_LAST = re.compile(rf"(?:(?<!\w)(?:{words.VERBS})|(?:{words.VERBS_UNSPACED}))$")
_VERB_FIRST = re.compile(words.VERBS_FIRST)
_START = re.compile(
    rf"(?:\d|(?:{words.STARTS})(?!\w)|[^\W\d]{{1,12}}[.,]{{0,2}},? ?(?:den |dem )?\d|在|于|於|[*_]?[^\W\d]{{2,10}}, )"
)
CLOCK = re.compile(r"\d{1,2} ?[:.h時时시點点] ?\d{2}|\d ?(?:am|pm)\b|(?:上午|下午|午前|午後|오전|오후)")
_DATE = re.compile(
    r"\d{1,4}[./-] ?\d{1,2}[./-] ?\d{1,4}|(?<!\d)(?:19|20)\d{2}(?!\d)|\d 月|\d月|\d월"
    r"|(?<!\d)\d{1,2}\.? (?:de )?[^\W\d]{3,10}"
)
_PERSON = re.compile(words.PERSONS)
_FULL_DATE = re.compile(r"\d{1,4}[./-] ?\d{1,2}[./-] ?\d{1,4}|(?<!\d)(?:19|20)\d{2}(?!\d)|\d ?[月월]")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
_GROUPWISE = re.compile(r">>> .{3,200}\d.{0,30}>>>$")
_LABELLED = re.compile(r"[*_ \t]{0,4}[^\W\d][^:：\d]{0,30}[:：]")
_WRITER = re.compile(r"[*_ \t]{0,4}[^\W\d][^:：\d]{0,30}[:：].{1,80}[<\[](?:mailto:)?[^\s@<>]{1,64}@[\w.-]{2,100}[>\]]")
MAIL = re.compile(r"[^\s@<>()\"]{1,64}@[\w.-]{2,100}")
_RUN_ON = re.compile(r":(?: > | {2,})(?=\S)")
_MAIL_LAST = re.compile(r"@[^\s@]{2,100}[>)\]»\"' ]{0,6}$")
# Not "kl." or "godz.", unless so many words without a number stand before it.
_SENTENCE_END = re.compile(r"[!?:;。！？]$|\w{6,}\.$|^(?:[^\s\d@]+ ){4,}[^\W\d]+\.$")
FORWARDS: Final = frozenset(one.replace("\u0307", "") for one in _FORWARDS)
BIDI: Final = dict.fromkeys((0xFEFF, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
TO: Final = frozenset(label for label, kind in words.LABELS.items() if kind == "to" and len(label) > 1)
COLONS: Final = (":", "：", "︰")
_VERB_ENDS = tuple(f"{words.VERBS}|{words.VERBS_UNSPACED}".replace("\\", "").split("|"))

_ABOVE = re.compile(words.ABOVE)
_ASKING = re.compile(words.ASKING)
_EDGE = " \t\xa0*_|-=—–>:：<\"'[].•#"


def bearing(lines: Sequence[str]) -> int:
    """How many of these lines may be looked at; the rest is past all bearing."""
    length = sum(map(len, lines))
    if length <= CHARACTERS:
        return min(len(lines), LINES)
    length = 0
    for at, line in enumerate(lines[:LINES]):
        length += len(line)
        if length > CHARACTERS:
            return at + 1
    return min(len(lines), LINES)


def classes(lines: Sequence[str], plain: Sequence[bool]) -> str:
    """One letter a line: what can be said of it alone; `plain` is what `ordinary.py` says of the same lines."""
    return "".join([TEXT if known else _alone(line) for line, known in zip(lines, plain, strict=True)])


def _alone(line: str) -> str:
    head = line[:WIDTH].strip(" \t\r\xa0\ufeff\u200b\u200e\u200f")
    if not head:
        return EMPTY
    if head[0] in ">&»" and _QUOTE.match(head) and not _CLOSER.match(head) and not _GROUPWISE.match(head):
        return QUOTE
    if len(line) <= WIDTH and head[-1] in "-_=*~#—―–─━‐﹣|" and _RULE.match(head):
        return RULE
    return TEXT


def intro_before(lines: Sequence[str], kinds: str, end: int, *, quoted: bool) -> int | None:
    """Where an intro ("On … Ann wrote:") starts whose last line is `end`; None where that line ends none.

    `quoted`: quoted lines follow it, so less evidence is enough.
    """
    if len(lines[end]) > WIDTH:
        return None
    bare = _joined(lines[end : end + 1])
    ended = bare.endswith(COLONS) or (bare.endswith(_VERB_ENDS) and _VERB_LAST.search(bare))
    if not ended and not (quoted and (":" in bare or "@" in bare)):
        return None
    for start in range(end, max(-1, end - 4), -1):
        above = start < end and lines[start][:WIDTH].rstrip()
        if kinds[start] != TEXT or (above and _SENTENCE_END.search(above) and not _DATE.search(above)):
            return None  # what ended there was the writer's own sentence
        if _is_intro(_joined(lines[start : end + 1]), quoted=quoted):
            return _from_its_start(lines, kinds, start, end)
    return None


def runs_on(line: str) -> bool:
    """Whether this is an intro behind which the quoted words go on: "On 3 May 2021, Ann <…> wrote: > Is it on?"."""
    found = _RUN_ON.search(line[:WIDTH])
    return found is not None and intro_before([line[: found.start() + 1]], TEXT, 0, quoted=False) is not None


def has_verb(text: str) -> bool:
    """Whether some language's "wrote" stands in this, which is in small letters."""
    return _VERB.search(text) is not None


def speaks_for_himself(text: str) -> bool:
    """Whether its writer speaks of himself, in small letters, and not of what somebody wrote: "what I typed:"."""
    return _PERSON.search(text) is not None and not has_verb(text)


def _from_its_start(lines: Sequence[str], kinds: str, start: int, end: int) -> int:
    """A wrapped intro passes as one before its first line is seen: look further up for its "On 3 May"."""
    found = start
    for higher in range(start - 1, max(-1, start - 4), -1):
        head = _joined(lines[higher : higher + 1])
        if kinds[higher] != TEXT or _SENTENCE_END.search(head) or len(_joined(lines[higher : end + 1])) > INTRO_WIDTH:
            break
        if _START.match(head) and any(map(str.isdigit, head)) and _DATE.search(head):
            if _YEAR.search(head):
                return higher
            found = higher
            continue
        below = _joined(lines[found : end + 1])
        if higher == found - 1 and len(head) <= 80 and (_is_torn(below) or (MAIL.search(head) and "<" not in below)):
            found = higher
    return found


def _is_torn(text: str) -> bool:
    """Whether an intro lacks its head: it opens with the verb, an address, or the end of one."""
    verb = _VERB.match(text)
    return (
        (bool(verb) and not _VERB_FIRST.match(text))
        or text[0] in "<(["
        or text.find(">") < text.find("<")
        or ("<" not in text and ">" in text)
    )


def _joined(lines: Sequence[str]) -> str:
    text = " ".join([line[:WIDTH] for line in lines])
    if not text.isascii():
        text = text.translate(BIDI)
    return " ".join(text.split()).strip(" *_->=~[]").casefold()


@lru_cache(maxsize=64)  # of one line it is asked several times
def _is_intro(text: str, *, quoted: bool) -> bool:
    if not 3 < len(text) <= INTRO_WIDTH:
        return False
    bare = text.rstrip(" *_")
    colon = bare.endswith(COLONS)
    verb = _VERB.search(bare)
    mail = MAIL.search(bare)
    dated = bool(_DATE.search(bare) or CLOCK.search(bare))
    if verb is None:
        # "30.09.2017, 18.30, "Ann" <ann@example.com>:" and "[Ann, 2017-01-09 11:59]:" — some programs use no verb
        clock = colon and dated and CLOCK.search(bare)
        if not colon:
            return bool(quoted and mail and _FULL_DATE.search(bare) and _MAIL_LAST.search(bare))
        return bool(clock and (mail or _DATE.search(bare)) and (quoted or _MAIL_LAST.search(bare.rstrip(":： "))))
    starts = bool(_START.match(bare))
    if not colon:
        return bool(starts and dated and (mail or quoted) and (quoted or _VERB_LAST.search(bare)))
    if quoted:
        return bool(dated or mail or len(bare) <= 100)
    if mail or (starts and dated):
        return True
    if not (_FULL_DATE.search(bare) and CLOCK.search(bare)) or _PERSON.search(bare):
        return False
    return bool(_VERB_LAST.search(bare.rstrip(":：︰ "))) or bare.count(" ", 0, verb.start()) <= 4


def label(line: str) -> str:
    """What a header line speaks of ("from", "date", "to", "cc", "subject", "other"), "" for any other line."""
    head = line[:60]
    cut, wide = head.find(":"), head.find("：")
    if wide >= 0 and (cut < 0 or wide < cut):
        cut = wide
    if cut <= 0:
        return ""
    return words.LABELS.get(head[:cut].strip(" \t\xa0*_|>\ufeff").casefold(), "")


def header_block(lines: Sequence[str], kinds: str, start: int, *, marked: bool = False) -> int | None:
    """The end (exclusive) of a block of header lines that opens a quoted mail at `start`; None where there is none.

    `marked`: a rule or "Original Message" stands above, so two kinds of header line are enough.
    """
    if not label(lines[start]):
        return None
    found: set[str] = set()
    mail, dated, at, end, loose = False, False, start, start, 0
    while at < min(len(lines), start + 24):
        kind = label(lines[at]) if kinds[at] == TEXT else ""
        if kind:
            found.add(kind)
            mail = mail or "@" in lines[at][:WIDTH]
            dated = dated or _tells_when(lines[at])
            end, loose = at + 1, 0
        elif loose >= 2 or (kinds[at] == EMPTY and {"from", "subject"} <= found):
            break
        else:  # a folded list of recipients, or an empty line between two header lines
            mail = mail or (not loose and "@" in lines[at][:WIDTH])
            dated = dated or (not loose and _tells_when(lines[at]))
            loose += 1
        at += 1
    enough = len(found) >= 3 and (mail or (dated and "subject" in found))
    return end if "from" in found and (enough or (marked and len(found) >= 2)) else None


def foreign_head(lines: Sequence[str], kinds: str, start: int) -> int | None:
    """The same of a language that nobody listed: a paragraph of labels, with a name and address first, then day and
    hour."""
    if not _WRITER.match(lines[start][:WIDTH]) or (start and kinds[start - 1] == TEXT):
        return None
    end = start
    while end < min(len(lines), start + 6) and kinds[end] == TEXT and _LABELLED.match(lines[end][:WIDTH]):
        end += 1
    return end if end - start >= 3 and any(map(_tells_when, lines[start + 1 : start + 3])) else None


def _tells_when(line: str) -> bool:
    """Whether a line gives a day and an hour, as mail programs do; a person gives one of them."""
    head = line[:WIDTH]
    if not any(map(str.isdigit, head)):
        return False
    head = (head if head.isascii() else head.translate(BIDI)).casefold()
    return bool(CLOCK.search(head) and _DATE.search(head))


def marker(line: str) -> str:
    """ "original" or "forward" for a line such as "-----Original Message-----", else ""."""
    head = line[:200].strip()
    named = _folded(head.lstrip("- ").partition("--")[0].strip()) if head.startswith("--") else ""
    if len(line) > 160:
        return _named(named)
    phrase = _folded(head.strip(_EDGE))
    if head.startswith("--") and phrase.startswith(FORWARDED_BY):
        return "forward"
    if _GROUPWISE.match(head):
        return "original"
    if (head[:1] in "-#=_*>[" or _ASKING.match(phrase)) and _ABOVE.search(phrase):
        return "original"
    return _named(phrase) or _named(named)


def _named(phrase: str) -> str:
    return "forward" if phrase in FORWARDS else "original" if phrase in words.ORIGINALS else ""


def _folded(text: str) -> str:
    """In small letters, without the dot above that Turkish capitals leave behind."""
    return text.casefold().replace("\u0307", "")


def dashed(line: str) -> bool:
    """Whether a marker is framed ("-----Original Message-----") and so needs no header line below it."""
    head = line.strip(" \t*>[")
    return (
        line.rstrip().endswith(">>>")
        or bool(_ASKING.match(head.casefold()))
        or head[:1] == "#"
        or head[:2] in ("--", "__", "==", "——", "––")
    )


def framed_words(line: str) -> bool:
    """A few words between dashes, in whatever language: an original's marker, if header lines follow."""
    head = line.strip()
    return 8 <= len(head) <= 90 and head.startswith("--") and head.endswith("--") and 0 < len(head.strip("- ")) <= 50
