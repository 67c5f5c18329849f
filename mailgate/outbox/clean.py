"""Makes words that strangers chose fit to stand in a letter of ours: one line, bounded, and no lure for a name.

It knows nothing of header syntax (`fields.py`) or html (the templates escape).
"""

from __future__ import annotations

import re

from mailgate.mail import names

SUBJECT_CAP = 255
NAME_CAP = 64

# A name that looks like a place to go or an address to write to. Seen in the wild: forms and support desks used as
# relays for spam by putting the whole message into the display name. A dot before two letters is enough, in any of
# the shapes that mail programs turn into links; "J.Smith" loses the greeting by name and nothing else.
_LURE = re.compile(r"://|@|＠|www|[.。．｡][^\W\d_]{2}", re.IGNORECASE)


def one_line(text: str, cap: int | None = None) -> str:
    """`text` as one line, at most `cap` characters: no controls or direction marks, single spaces."""
    line = " ".join(names.one_line(text).split())
    if cap is not None and len(line) > cap:
        line = line[: cap - 1].rstrip() + "…"
    return line


def whole_lines(text: str) -> str:
    """`text` with its lines, their indents and the spaces in them, but without what no letter shows."""
    lines = []
    for line in text.expandtabs(4).splitlines():
        bare = line.lstrip(" ")
        lines.append((" " * (len(line) - len(bare)) + names.one_line(bare)).rstrip())
    return "\n".join(lines).strip("\n")


def person_name(name: str) -> str:
    """A display name as we may greet with it, "" where it is none or carries a message of its own."""
    line = one_line(name).strip("\"'<>(),; ")
    if _LURE.search(line):
        return ""
    return one_line(line, NAME_CAP)
