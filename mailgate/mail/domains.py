"""Which domains belong together: the organisational domain (RFC 7489 §3.2) by the Public Suffix List, and alignment.

The list comes with the library `publicsuffixlist`, so that nothing is asked of the network; its age is the library's.
"""

from __future__ import annotations

from functools import cache

from publicsuffixlist import PublicSuffixList


def organisational(domain: str) -> str:
    """The domain that somebody registered: `mail.example.co.uk` -> `example.co.uk`. A public suffix is its own."""
    plain = domain.rstrip(".").lower()
    return _list().privatesuffix(plain) or plain


def aligned(domain: str, author: str, *, strict: bool = False) -> bool:
    """Whether what is proved for `domain` counts for a From at `author` (RFC 7489 §3.1): the same, or (relaxed) of one
    organisation."""
    one, other = domain.rstrip(".").lower(), author.rstrip(".").lower()
    if not one or not other:
        return False
    return one == other or (not strict and organisational(one) == organisational(other))


@cache
def _list() -> PublicSuffixList:
    # Read when first asked: most installations verify nothing.
    return PublicSuffixList()
