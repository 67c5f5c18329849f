"""The doors' own certificates: when they end. Nobody tells the daemon, which reads them once, at its start."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mailgate.cli.doctor.line import Line, unwise, well, wrong
from mailgate.rights import unreadable
from mailgate.settings import Settings

SOON = timedelta(days=14)  # who renews by himself (certbot: 30 days before the end) has failed for two weeks by then

_RENEW = "renew it (certbot renew), then: systemctl restart mailgate, which reads it at its start"
_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
_SEQUENCE, _EXPLICIT_VERSION, _UTC_TIME, _GENERALIZED_TIME = 0x30, 0xA0, 0x17, 0x18


def of_doors(settings: Settings, now: datetime) -> Iterator[Line]:
    """One line for each door that offers TLS."""
    for door in settings.doors.values():
        if door.tls_cert_file:
            yield _line(f"certificate door.{door.name}", door.tls_cert_file, now)


def _line(name: str, file: Path, now: datetime) -> Line:
    if why := unreadable(file):
        return wrong(name, why, "put it there, or leave its key out of the settings")
    try:
        ends = end_of(file.read_text("ascii"))
    except (ValueError, IndexError):
        return wrong(name, f"{file} holds no certificate in PEM that can be read", "put the door's certificate there")
    said = f"{file} ends {ends:%Y-%m-%d %H:%M} UTC"
    if ends <= now:
        return wrong(name, f"{said}: it is over, and clients that verify do not deliver", _RENEW)
    return unwise(name, said, _RENEW) if ends - now < SOON else well(name, said)


def end_of(pem: str) -> datetime:
    """notAfter of the first certificate (RFC 5280 §4.1.2.5). Raises ValueError or IndexError where there is none."""
    begin = pem.index(_BEGIN)
    certificate = ssl.PEM_cert_to_DER_cert(pem[begin : pem.index(_END, begin) + len(_END)])
    _, whole, _ = _element(certificate)
    _, signed, _ = _element(whole)
    tag, _, rest = _element(signed)
    # What stands before the validity: version (v1 has none), serial number, signature algorithm, issuer.
    for _ in range(3 if tag == _EXPLICIT_VERSION else 2):
        _, _, rest = _element(rest)
    tag, validity, _ = _element(rest)
    if tag != _SEQUENCE:
        raise ValueError("no validity where it should stand")
    _, _, after = _element(validity)
    tag, moment, _ = _element(after)
    forms = {_UTC_TIME: "%y%m%d%H%M%SZ", _GENERALIZED_TIME: "%Y%m%d%H%M%SZ"}
    if tag not in forms:
        raise ValueError("no time where it should stand")
    read = datetime.strptime(moment.decode("ascii"), forms[tag]).replace(tzinfo=UTC)
    # RFC 5280 §4.1.2.5.1: YY from 50 on is of the last century; Python parts at 69.
    century = tag == _UTC_TIME and read.year >= 2050
    return read.replace(year=read.year - 100) if century else read


def _element(der: bytes) -> tuple[int, bytes, bytes]:
    """Tag, content and what follows of the first element (X.690 §8.1: tags of one octet, definite lengths)."""
    tag, length, start = der[0], der[1], 2
    if length >= 0x80:
        start += length & 0x7F
        length = int.from_bytes(der[2:start])
    if len(der) < start + length:
        raise ValueError("cut off")
    return tag, der[start : start + length], der[start + length :]
