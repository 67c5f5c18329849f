"""Through which mailing list did a mail come, and is its writer a person or the list itself? RFC 2369, RFC 2919."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from mailgate.mail.message import AutomaticKind, Mail

_FIELDS = frozenset({"list-id", "list-post", "mailing-list", "x-mailing-list"})
_ID = re.compile(r"<\s*([^<>\s]{1,255})\s*>\s*$")
_POST = re.compile(r"<\s*mailto:([^<>?\s]{1,254})", re.IGNORECASE)
# Google Groups and ezmlm: `list support@example.com; contact support+owners@example.com`
_NAMED = re.compile(r"(?:list\s+)?([^\s;<>]{1,254}@[^\s;<>]{1,254})")


def came_by(mail: Mail, lists: Collection[str]) -> bool:
    """Whether people's mailing list, one of `lists` (ids or addresses, in any case), passed the mail on."""
    if mail.automatic is None or mail.automatic.kind is not AutomaticKind.LIST:
        return False
    return not {one.casefold() for one in lists}.isdisjoint(_names(mail))


def is_list(mail: Mail, address: str) -> bool:
    """Whether the address is that of the list which passed the mail on: lists that rewrite From (for DMARC's sake)
    write in their own name, and what is sent there goes to all."""
    names = set(_names(mail))
    key = address.casefold()
    return key in names or key.replace("@", ".") in names


def _names(mail: Mail) -> Iterator[str]:
    """The list's id and its addresses, as far as the mail says them, in lower case."""
    # Looked through once, and from the end: of two fields of a name the first counts.
    said = {name: value[:1000] for name, value in reversed(mail.fields) if name in _FIELDS}
    if found := _ID.search(said.get("list-id", "")):
        yield found[1].casefold()
    if found := _POST.search(said.get("list-post", "")):
        yield found[1].casefold()
    for name in ("mailing-list", "x-mailing-list"):
        if found := _NAMED.match(said.get(name, "").strip().strip("<>")):
            yield found[1].casefold()
