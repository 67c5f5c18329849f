"""What is added to a writer's words: programs' own lines, legal footers, banners of gateways; told by their look.

Every pattern sees at most `WIDTH` characters of a line, and few lines. The words are `sent_words.py` and
`footer_words.py`; classes of lines are those of `quote_marks.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from mailgate.mail import footer_words, sent_words
from mailgate.mail.quote_marks import EMPTY, QUOTE, RULE, TEXT, WIDTH

_BANNER_LINES: Final = 8
_BANNERS: Final = 3  # that stand one below the other
_PARAGRAPH_LINES: Final = 12
_SIGNATURE_LINES: Final = 25
_SIGNATURE_SPAN: Final = 60  # with its empty lines
_SHORT_SIGNATURE: Final = 8
_GOES_ON: Final = 4  # spaces between the words of a sentence, at least
_SLASHES: Final = ("/", "／")  # what a command of `cases/commands.py` begins with

_SENT_BY = re.compile(rf"\W{{0,4}}(?:{'|'.join((*sent_words.SENT_BY, *sent_words.SENT_WITHIN.values()))})")
_SENT_FROM = re.compile(
    r"\W{0,4}Sent (?:from|via|with|using) ((?:(?:my|the|a|an|for|on|and|&|in|by) |[A-Z0-9][\w.!+-]*\W{0,3}){1,6})$"
)
_DEVICE = re.compile(sent_words.DEVICES)
_APOLOGY = re.compile(r"[.!,]? ?(?:please )?(?:excuse|pardon|forgive) .{0,80}$")
_SENTENCE = re.compile(r"[;?] |[.!?] \w.{20}| (?:is|was|are|were|ist|war|est|es|è|has|have|did|does) ")
_LINK = re.compile(r"[<(\[]?(?:https?|mailto|#)[:/\w][^\s>)\]]{0,300}[>)\]]?")

_FOOTER = re.compile(rf"\W{{0,6}}(?:p +)?(?:{footer_words.FOOTERS})")  # "P" is a tree in the letters of Wingdings
_REGISTERED = re.compile(rf"\W{{0,6}}(?:p +)?[\w .&]{{1,40}}{footer_words.REGISTERED}")
_OPENING = re.compile(rf"\W{{0,6}}(?:{footer_words.FOOTER_OPENINGS})")
_LEGAL = re.compile(footer_words.LEGAL)
_OF_MAIL = re.compile(footer_words.OF_MAIL)
_LIST = re.compile(footer_words.LIST_WORDS)
_NATURE = re.compile(footer_words.NATURE)
_THINKING = re.compile(footer_words.THINKING)
_PRINTING = re.compile(footer_words.PRINTING)
_CONTACT = re.compile(r"\w@\w|https?:|www\.|\d[\d ()/.-]{5,}\d")
_WHOLE_SENTENCE = re.compile(r"(?:\S+ ){4,}\S+[.?!]$")
_SCANNER = re.compile(r"avast\.com|avg\.com|avira\.com")
_OUTSIDE = re.compile(footer_words.OUTSIDE)
_CARE = re.compile(footer_words.CARE)
_SENT_IN = re.compile(footer_words.SENT_IN)
_BANNER = re.compile(footer_words.BANNERS)
_TAG = re.compile(rf"[\[(<*#=!_-]{{1,20}} ?(?:{footer_words.TAGS})\W{{1,20}}$")
_SPEAKER = re.compile(footer_words.SPEAKERS)
_POSTSCRIPT = re.compile(r"P\.? ?S\b|N\.?B\b|[^\W\d]{1,3}\. ?S\. ?:")
_HIMSELF = re.compile(footer_words.HIMSELF)
_SENTENCE_ENDS: Final = tuple(".!?…。！？")


def sent_by(line: str) -> bool:
    """ "Sent from my iPhone" and what other programs add below; a sentence that only begins so is none."""
    if len(line) > WIDTH:
        return False
    said = _LINK.sub("", line.strip()).strip(" .!<>()[]*_。")
    head = " ".join(said.casefold().split())
    if not _SENT_BY.match(head) and not _SENT_FROM.match(said):
        return False
    plain = _APOLOGY.sub("", head)
    if len(plain) > 90 or plain.count(" ") > 10 or _SENTENCE.search(plain):
        return False
    return ", " not in plain or bool(_DEVICE.search(plain))


def speaks(text: str) -> bool:
    """Whether that is one line which is a whole sentence: no program's line that stands alone in a mail is."""
    said = text.strip()
    return "\n" not in said and len(said) <= WIDTH and bool(_WHOLE_SENTENCE.match(said))


def goes_on(lines: Sequence[str], kinds: str, at: int) -> bool:
    """Whether the writer goes on with this line, below "Sent from my iPhone": a paragraph begins that is a sentence in
    his own name, not a signature, an advertisement, or what looks like a command."""
    if kinds[at - 1] == TEXT or opens_footer(lines, kinds, at):
        return False
    end = at
    while end < min(len(lines), at + _PARAGRAPH_LINES) and kinds[end] == TEXT:
        end += 1
    said = " ".join([line[:WIDTH].strip() for line in lines[at:end]])
    if "://" in said or any(line.lstrip().startswith(_SLASHES) for line in lines[at:]):
        return False
    sentence = said.count(" ") >= _GOES_ON and said.endswith(_SENTENCE_ENDS)
    return bool(_POSTSCRIPT.match(said) or (sentence and _HIMSELF.search(said.casefold())))


def opens_footer(lines: Sequence[str], kinds: str, at: int) -> bool:
    """Whether a legal or technical footer begins with this line."""
    head = _bare(lines[at])
    if _FOOTER.match(head) or (footer_words.REGISTERED in head and _REGISTERED.match(head)):
        return True
    first = at == 0 or kinds[at - 1] != TEXT
    if not first and not _ends(lines[at - 1]):
        return False
    if len(head) <= 60 and head.count(" ") <= 5 and _SCANNER.search(lines[at][:WIDTH].casefold()):
        return True
    if _OPENING.match(head):
        said = _paragraph(lines, kinds, at)
        return bool(_LEGAL.search(said) and _OF_MAIL.search(said))
    if first and _NATURE.search(head) and not _SPEAKER.search(head):
        said = _paragraph(lines, kinds, at)
        return bool(_PRINTING.search(said) and (_OF_MAIL.search(said) or _THINKING.search(head)))
    return False


def _bare(line: str) -> str:
    head = line[:WIDTH]
    if "http" in head or "mailto" in head or "#" in head:  # one look, where the pattern tries each place
        head = _LINK.sub("", head)
    return head.strip().casefold()


def _ends(line: str) -> bool:
    """Whether what follows in the same paragraph may be another's words: the line is short, or ends a sentence."""
    bare = line[:WIDTH].rstrip()
    return len(bare) < 45 or bare[-1:] in ".!>)。"


def opens_signature(lines: Sequence[str], kinds: str, at: int, leads: Callable[[int], bool]) -> bool:
    """Whether a rule, or `--` without its space, opens a signature: little follows, that looks like one, down to quoted
    words or to what `leads` to them."""
    below: list[str] = []
    line = lines[at].strip()
    if kinds[max(0, at - 2) : at] == RULE + TEXT and lines[at - 2].strip() == line:
        return False  # a heading between two rules
    if at and kinds[at - 1] == TEXT and line[:1] in "=-" and len(line) > 3 and _is_as_long(line, lines[at - 1]):
        return False  # a heading
    closed = False  # by another rule
    for other in range(at + 1, min(at + _SIGNATURE_SPAN, len(lines))):
        if kinds[other] == QUOTE or leads(other) or len(below) > _SIGNATURE_LINES:
            break
        if kinds[other] == RULE:
            closed = closed or lines[other].strip(" |") not in ("", "--")
        elif kinds[other] == TEXT:
            if closed and line != "--":
                return False
            below.append(lines[other])
    if line == "--":
        return len(below) <= _SIGNATURE_LINES and not any(one.rstrip().endswith("?") for one in below)
    short = 0 < len(below) <= _SHORT_SIGNATURE and all(len(one) <= 70 for one in below)
    if not short or any(_WHOLE_SENTENCE.search(one.strip()) for one in below):
        return False
    return any(map(_CONTACT.search, below))


def _is_as_long(line: str, above: str) -> bool:
    return abs(len(line) - len(above.strip())) <= 1


def opens_list_footer(lines: Sequence[str], kinds: str, at: int) -> bool:
    """A rule followed by words about a mailing list (`_______ ann-users mailing list`)."""
    return kinds[at] == RULE and bool(_LIST.search(_paragraph(lines, kinds, at + 1)))


def banner_end(lines: Sequence[str], kinds: str) -> int:
    """Where the banners of gateways end ("[EXTERNAL] Do not click links") with which a mail begins; 0 without one."""
    end = 0
    for _ in range(_BANNERS):
        start = end
        while start < len(lines) and kinds[start] in (EMPTY, RULE):
            start += 1
        after = _past_banner(lines, kinds, start)
        if after == start:
            break
        end = after
    while end and end < len(lines) and kinds[end] in (EMPTY, RULE):
        end += 1
    return end


def _past_banner(lines: Sequence[str], kinds: str, start: int) -> int:
    said = ""
    for at in range(start, min(start + _BANNER_LINES, len(lines))):
        if kinds[at] != TEXT:
            return start
        line = lines[at][:1500].strip().casefold()
        said = f"{said} {line}".lstrip()
        if _TAG.match(line):
            return at + 1
        if _SPEAKER.search(said) or not (_OUTSIDE.search(said) or _CARE.search(said) or _BANNER.search(said)):
            return start
        last = at + 1 == len(lines) or kinds[at + 1] != TEXT
        if (last or line[-1:] in ".!]>*)。") and _is_banner(said):
            return _past_more(lines, kinds, at + 1)
    return start


def _is_banner(said: str) -> bool:
    return bool(_BANNER.search(said) or (_OUTSIDE.search(said) and _CARE.search(said) and _SENT_IN.search(said)))


def _past_more(lines: Sequence[str], kinds: str, at: int) -> int:
    """Past further sentences of a banner, in the lines right below its first."""
    end = at
    for more in range(at, min(at + _BANNER_LINES, len(lines))):
        line = lines[more][:WIDTH].casefold()
        if kinds[more] != TEXT or _SPEAKER.search(line):
            break
        if _CARE.search(line):
            end = more + 1
    return end


def _paragraph(lines: Sequence[str], kinds: str, at: int) -> str:
    end = kinds.find(EMPTY, at)
    stop = min(at + _PARAGRAPH_LINES, len(lines)) if end < 0 else min(at + _PARAGRAPH_LINES, end)
    said = " ".join([line[:WIDTH] for line in lines[at:stop]]).casefold()
    return f"{said} {lines[at][WIDTH:1500].casefold()}" if at < len(lines) else said
