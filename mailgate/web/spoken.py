"""In which language a page speaks to a visitor: of a case in that of its letters, else in what his browser asks for."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.requests import Request

from mailgate.cases.case import Case
from mailgate.cases.language import offer
from mailgate.cases.letter_kinds import OPERATOR_LANGUAGE
from mailgate.house import House
from mailgate.policy.policy import Policy

_LONGEST = 200  # of a header field that lists languages; browsers send ten at most


def of_case(case: Case, policy: Policy) -> str:
    """What the letters of the case are written in."""
    return case.language or policy.letters.language


def of_browser(request: Request, policy: Policy, usual: str = "") -> str:
    """The first that the browser asks for (RFC 9110 §12.5.4) and the policy offers; else the usual one, or its own."""
    own = usual or policy.letters.language
    offered = tuple(dict.fromkeys((own, policy.letters.language, *policy.letters.languages)))
    return next((one for wanted in _wanted(request) if (one := offer(wanted, offered))), own)


def of_stranger(request: Request, house: House) -> str:
    """To who comes by nothing that we know: what customers of the first mailbox are written in. Our own people, who
    have pages of their own, in theirs."""
    box = next(iter(house.settings.mailboxes.values()), None)
    if box is None or request.url.path.startswith(("/desk", "/account/approve/")):
        return OPERATOR_LANGUAGE
    return of_browser(request, house.policy_of(box.name), box.language)


def _wanted(request: Request) -> Iterator[str]:
    """What it asks for, the most wanted first; a weight that is none counts as 1."""
    found = []
    for one in request.headers.get("accept-language", "")[:_LONGEST].split(","):
        language, _, weight = one.strip().partition(";q=")
        found.append((-float(weight) if weight.replace(".", "", 1).isdecimal() else -1.0, language))
    yield from (language for weight, language in sorted(found, key=lambda one: one[0]) if weight)
