"""How far a mail's author is authenticated, from what was found of it: SPF, DKIM, DMARC and ARC results put together.

Asking is not done here: the results come from an upstream server's field (`results.py`) or from our own questions
(`intake/own_verdict.py`). Authority goes to the strict author alone: a result counts where its domain is aligned with
his.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mailgate.mail.domains import aligned
from mailgate.mail.encoded import raw_text
from mailgate.mail.headers import first_line, read_header
from mailgate.mail.message import Address, Authentication, Proof
from mailgate.mail.results import MICROSOFT, NoResults, Result, read_results

NOBODY = "the mail has no single plain From, so there is nobody to authenticate"

_ASKED = re.compile(r"(?<![a-z])p\s*=\s*(?:reject|quarantine)", re.IGNORECASE)  # not sp=, of subdomains


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on a mail's author, and what it rests on. `silent` where DNS answered nothing at all."""

    authentication: Authentication
    proof: Proof
    silent: bool = False


class Found(StrEnum):
    """What one method came to (RFC 8601 §2.7, as far as it matters)."""

    PASS = "pass"  # noqa: S105 - an authentication result (RFC 8601), not a password
    NONE = "none"  # nothing there, or a no
    TEMPORARY = "temporary"  # a question found no answer; it may another time


@dataclass(frozen=True, slots=True)
class Evidence:
    """One method's result. `domain` is the one that it proves; `text` tells people of it.

    `sound` is set where a signature is right and only leaves out what many honest ones do: it proves nothing, and yet
    speaks against a forgery.
    """

    method: str
    found: Found
    domain: str
    text: str
    sound: bool = False


@dataclass(frozen=True, slots=True)
class DomainPolicy:
    """What the author's domain asks of us (RFC 7489 §6.3): to refuse what fails, and how strictly to compare."""

    refuses: bool = False
    strict_dkim: bool = False
    strict_spf: bool = False
    text: str = "dmarc=none"
    temporary: bool = False


def judge(author: Address | None, evidence: Sequence[Evidence], policy: DomainPolicy) -> Judgement:
    """The verdict on our own findings. An aligned pass authenticates; without one the domain's policy decides."""
    lines = (*(one.text for one in evidence), policy.text)
    if author is None:
        return Judgement(Authentication.UNVERIFIED, Proof((NOBODY,)))
    proofs = [one for one in evidence if one.found is Found.PASS and _counts(one, author, policy)]
    # Where the policy could not be asked for, only the very same domain is aligned for sure.
    sure = [one for one in proofs if not policy.temporary or aligned(one.domain, author.domain, strict=True)]
    if sure:
        why = f"{sure[0].method} proves {sure[0].domain}, which counts for {author.domain}"
        return Judgement(Authentication.PASS, Proof((*lines, why)))
    if policy.temporary or any(one.found is Found.TEMPORARY for one in evidence):
        why = "temporary: not all questions were answered; it is tried again when the mail is replayed"
        return Judgement(Authentication.UNVERIFIED, Proof((*lines, why), temporary=True))
    if policy.refuses and not any(one.sound and _counts(one, author, policy) for one in evidence):
        return Judgement(Authentication.FAIL, Proof((*lines, f"{author.domain} asks that such mail be refused")))
    return Judgement(Authentication.UNVERIFIED, Proof((*lines, f"nothing proves {author.domain}")))


def from_upstream(data: bytes, author: Address | None, authserv_id: str) -> Judgement:
    """The verdict on what the server `authserv_id` wrote into the mail: its topmost field alone is read."""
    if author is None:
        return Judgement(Authentication.UNVERIFIED, Proof((NOBODY,)))
    microsoft, header = authserv_id.lower() == MICROSOFT, read_header(data, first_line(data), len(data))
    whose = authserv_id.lower()
    for value in header.all("authentication-results"):
        try:
            field = read_results(raw_text(value), microsoft=microsoft)
        except NoResults as why:
            if microsoft or _names(raw_text(value), whose):
                # It may be his: a field below it that can be read may not stand in for it.
                return _unverified(f"the topmost Authentication-Results of {authserv_id} cannot be read: {why}")
            continue
        if field.authserv_id == whose:
            return judge_results(author, field.results, f"Authentication-Results of {authserv_id}")
    return _unverified(f"there is no Authentication-Results of {authserv_id} that can be read")


def judge_results(author: Address, results: Iterable[Result], whose: str) -> Judgement:
    """The verdict on another's results: his DMARC where it names the author's domain, else his SPF and DKIM."""
    all_results = tuple(results)
    lines = tuple(_told(one) for one in all_results)
    for one in all_results:
        if one.method != "dmarc":
            continue
        if one.result == "pass" and aligned(_domain(one.value("header.from")), author.domain):
            return Judgement(Authentication.PASS, Proof((*lines, f"{whose}: dmarc=pass for {author.domain}")))
        if one.result == "fail":
            refused = _refused(one)
            why = f"{whose}: dmarc=fail" + (", and its domain asks that such mail be refused" if refused else "")
            return Judgement(Authentication.FAIL if refused else Authentication.UNVERIFIED, Proof((*lines, why)))
    for one in all_results:
        domain = _proved(one)
        if one.result == "pass" and domain and aligned(domain, author.domain):
            return Judgement(Authentication.PASS, Proof((*lines, f"{whose}: {one.method}=pass for {domain}")))
    return _unverified(*lines, f"{whose}: no pass that counts for {author.domain}")


def _unverified(*lines: str) -> Judgement:
    return Judgement(Authentication.UNVERIFIED, Proof(lines))


def _counts(one: Evidence, author: Address, policy: DomainPolicy) -> bool:
    strict = policy.strict_spf if one.method == "spf" else policy.strict_dkim
    # A sealer whom we trust speaks of the author himself: his word is aligned before it comes here.
    return one.method == "arc" or aligned(one.domain, author.domain, strict=strict)


def _proved(one: Result) -> str:
    """The domain that a result is about; "" for methods that prove none."""
    if one.method == "dkim":
        return _domain(one.value("header.d", "header.i"))
    # smtp.mail is what some called it before RFC 5451. HELO counts where there is no sender (RFC 7489 §3.1.2).
    return _domain(one.value("smtp.mailfrom", "smtp.mail", "smtp.helo")) if one.method == "spf" else ""


def _names(value: str, authserv_id: str) -> bool:
    """Whether a field that cannot be read begins with that name, comments before it aside."""
    begin = re.compile(rf"\s*+(?:\([^()]*+\)\s*+)*+\"?{re.escape(authserv_id)}(?![\w.-])", re.IGNORECASE)
    return begin.match(value) is not None


def _domain(value: str) -> str:
    return value.strip("<>").rpartition("@")[2].lower().rstrip(".")


def _refused(dmarc: Result) -> bool:
    """Whether the author's domain asked for more than reports: `(p=reject …)`, `policy.dmarc=reject`, `action=…`."""
    asked = [dmarc.value(name).lower() for name in ("policy.dmarc", "policy.published-domain-policy", "action")]
    return _ASKED.search(dmarc.said) is not None or any(
        word.removeprefix("o") in ("reject", "quarantine") for word in asked
    )


def _told(one: Result) -> str:
    details = " ".join(f"{name}={value}" for name, value in one.properties if name != "header.b")
    return f"{one.method}={one.result} {details}".strip()[:300]
