"""Reads the arguments of MAIL and RCPT (RFC 5321 §4.1.2, RFC 6531) strictly, and words every refusal. Nothing else.

aiosmtpd reads them with the header parser of the standard library: that decodes encoded-words, takes `RCPT TO:<>`, and
answers `MAIL FROM:<` with the text of an IndexError.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u00a1-\U0010ffff-]+"
_DOT_STRING = rf"{_ATOM}(?:\.{_ATOM})*"
_QUOTED = r'"(?:[ !#-\[\]-~\u00a1-\U0010ffff]|\\[ -~])*"'
# Underscores are no host name's, and seen in the wild in sender domains.
_LABEL = r"[A-Za-z0-9_\u00a1-\U0010ffff](?:[A-Za-z0-9_\u00a1-\U0010ffff-]*[A-Za-z0-9_\u00a1-\U0010ffff])?"
_DOMAIN = rf"{_LABEL}(?:\.{_LABEL})*|\[[A-Za-z0-9.:-]+\]"
# RFC 5321 §4.1.1.3: a source route is accepted and ignored.
_ROUTE = rf"(?:@(?:{_DOMAIN})(?:,@(?:{_DOMAIN}))*:)?"
_PATH = re.compile(rf"<{_ROUTE}(?P<local>{_DOT_STRING}|{_QUOTED})@(?P<domain>{_DOMAIN})>")
_POSTMASTER = re.compile(r"<(postmaster)>", re.IGNORECASE)  # RFC 5321 §4.5.1: the one name without a domain
_PARAMETER = re.compile(r"(?P<key>[A-Za-z0-9][A-Za-z0-9-]*)(?:=(?P<value>[!-<>-~]+))?")


class Refused(Exception):
    """The argument is not taken; `reply` is the whole answer: code, enhanced code (RFC 3463), words of ours."""

    def __init__(self, reply: str) -> None:
        self.reply = reply
        super().__init__(reply)


@dataclass(frozen=True, slots=True)
class MailFrom:
    """What MAIL said. `sender` is without brackets, "" the null sender; `size` is the declared octets, 0 undeclared."""

    sender: str
    size: int = 0
    utf8: bool = False


def read_mail(argument: str | None) -> MailFrom:
    """`FROM:<path> [SIZE=n] [BODY=7BIT|8BITMIME] [SMTPUTF8]`."""
    path, parameters = _split(argument, "FROM:", "501 5.5.4 Syntax: MAIL FROM:<address> [parameters]")
    known = _read_parameters(parameters)
    size, body, utf8 = known.pop("SIZE", None), known.pop("BODY", "7BIT"), "SMTPUTF8" in known
    if size is not None and not re.fullmatch(r"[0-9]{1,20}", size):
        raise Refused("501 5.5.4 SIZE wants a number")
    if body.upper() not in ("7BIT", "8BITMIME"):
        raise Refused("501 5.5.4 BODY is 7BIT or 8BITMIME")
    if known.pop("SMTPUTF8", ""):
        raise Refused("501 5.5.4 SMTPUTF8 takes no value")
    if known:
        raise Refused("555 5.5.4 Parameter not offered here")
    sender = "" if path == "<>" else _read_path(path, utf8=utf8, reply="501 5.1.7 Bad sender address syntax")
    return MailFrom(sender, int(size or 0), utf8)


def read_rcpt(argument: str | None, *, utf8: bool) -> str:
    """`TO:<path>`; `utf8` says whether MAIL declared SMTPUTF8."""
    path, parameters = _split(argument, "TO:", "501 5.5.4 Syntax: RCPT TO:<address>")
    if parameters:
        raise Refused("555 5.5.4 Parameter not offered here")
    if postmaster := _POSTMASTER.fullmatch(path):
        return postmaster[1]
    return _read_path(path, utf8=utf8, reply="501 5.1.3 Bad recipient address syntax")


def _split(argument: str | None, keyword: str, syntax: str) -> tuple[str, str]:
    """The bracketed path and what stands behind it. Spaces behind the colon are wrong, common, and harmless."""
    if argument is None or argument[: len(keyword)].upper() != keyword:
        raise Refused(syntax)
    rest = argument[len(keyword) :].strip(" ")
    # The path ends at the first > that no quotes hold.
    found = re.match(r'<(?:[^">]|"(?:[^"\\]|\\.)*")*>', rest)
    if not found:
        raise Refused(syntax)
    path, parameters = found[0], rest[found.end() :]
    if parameters and not parameters.startswith(" "):
        raise Refused(syntax)
    return path, parameters.strip(" ")


def _read_path(path: str, *, utf8: bool, reply: str) -> str:
    try:
        path.encode()
    except UnicodeEncodeError:  # octets that are no UTF-8 arrive as lone surrogates
        raise Refused(reply) from None
    found = _PATH.fullmatch(path)
    if not found:
        raise Refused(reply)
    if not path.isascii() and not utf8:
        raise Refused("553 5.6.7 Address needs SMTPUTF8")
    local = found["local"]
    if local.startswith('"'):
        # "support"@… and support@… are one mailbox (RFC 5321 §4.1.2): quotes stay only where they are needed.
        plain = re.sub(r"\\(.)", r"\1", local[1:-1])
        local = plain if re.fullmatch(_DOT_STRING, plain) else local
    return f"{local}@{found['domain'].lower()}"


def _read_parameters(text: str) -> dict[str, str]:
    known: dict[str, str] = {}
    for word in text.split():
        found = _PARAMETER.fullmatch(word)
        if not found or found["key"].upper() in known:
            raise Refused("501 5.5.4 Bad parameters")
        known[found["key"].upper()] = found["value"] or ""
    return known
