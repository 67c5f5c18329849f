"""Writes the wrappers that mail programs put round a mail: TNEF (winmail.dat) and CMS, and mails that hold them."""

from __future__ import annotations

import base64
import struct
from dataclasses import dataclass

_MESSAGE, _FILE = 1, 2
_OLE_INTERFACE = bytes.fromhex("0703020000000000c000000000000046")


@dataclass(frozen=True)
class File:
    """One file of a TNEF. `name` is its long name, `title` the short one of old programs."""

    data: bytes
    name: str = ""
    title: str = "FILE~1.DAT"
    kind: str = ""
    content_id: str = ""
    embedded: bool = False  # a whole message, in TNEF again


def attribute(level: int, what: int, data: bytes) -> bytes:
    return struct.pack("<BII", level, what, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def text_property(key: int, text: str) -> bytes:
    return _variable(0x1F, key, text.encode("utf_16_le") + b"\0\0")


def binary_property(key: int, data: bytes) -> bytes:
    return _variable(0x102, key, data)


def number_property(key: int, number: int) -> bytes:
    return struct.pack("<HHI", 3, key, number)


def named_property(number: int) -> bytes:
    """One that programs name themselves: its name stands before its value."""
    return struct.pack("<HH", 3, 0x8001) + bytes(16) + struct.pack("<III", 0, 77, number)


def _variable(kind: int, key: int, data: bytes) -> bytes:
    return struct.pack("<HHII", kind, key, 1, len(data)) + data + bytes(-len(data) % 4)


def properties(*each: bytes) -> bytes:
    return struct.pack("<I", len(each)) + b"".join(each)


def uncompressed_rtf(rtf: bytes) -> bytes:
    return struct.pack("<IIII", len(rtf) + 12, len(rtf), 0x414C454D, 0) + rtf


def tnef(*files: File, of_message: tuple[bytes, ...] = (), body: bytes = b"", codepage: int = 1252) -> bytes:
    parts = [
        struct.pack("<IH", 0x223E9F78, 1),
        attribute(_MESSAGE, 0x00089006, b"\0\0\1\0"),
        attribute(_MESSAGE, 0x00069007, struct.pack("<II", codepage, 0)),
        attribute(_MESSAGE, 0x00078008, b"IPM.Microsoft Mail.Note\0"),
    ]
    if body:
        parts.append(attribute(_MESSAGE, 0x0002800C, body + b"\0"))
    if of_message:
        parts.append(attribute(_MESSAGE, 0x00069003, properties(named_property(5), *of_message)))
    return b"".join([*parts, *map(_file, files)])


def _file(file: File) -> bytes:
    said = [number_property(0x3705, 5 if file.embedded else 1)]
    said += [text_property(0x3707, file.name)] if file.name and not file.embedded else []
    said += [text_property(0x3001, file.name)] if file.embedded else []
    said += [text_property(0x370E, file.kind)] if file.kind else []
    said += [text_property(0x3712, file.content_id)] if file.content_id else []
    said += [_variable(0x0D, 0x3701, _OLE_INTERFACE + file.data)] if file.embedded else []
    held = b"" if file.embedded else attribute(_FILE, 0x0006800F, file.data)
    return (
        attribute(_FILE, 0x00069002, bytes(14))
        + attribute(_FILE, 0x00018010, file.title.encode("cp1252") + b"\0")
        + held
        + attribute(_FILE, 0x00069005, properties(*said))
    )


def der(tag: int, *contents: bytes) -> bytes:
    data = b"".join(contents)
    length = len(data).to_bytes((len(data).bit_length() + 7) // 8, "big")
    return bytes((tag,)) + (bytes((len(data),)) if len(data) < 128 else bytes((0x80 | len(length),)) + length) + data


def streamed(tag: int, *contents: bytes) -> bytes:
    """The same without a length, as programs write that do not know it yet."""
    return bytes((tag, 0x80)) + b"".join(contents) + b"\0\0"


_SIGNED = bytes.fromhex("06092a864886f70d010702")
_ENVELOPED = bytes.fromhex("06092a864886f70d010703")
_DATA = bytes.fromhex("06092a864886f70d010701")
_DIGESTS = der(0x31, der(0x30, bytes.fromhex("0609608648016503040201")))


def signed(content: bytes) -> bytes:
    """A CMS of what was signed, without certificates and signers."""
    held = der(0x30, _DATA, der(0xA0, der(0x04, content)))
    return der(0x30, _SIGNED, der(0xA0, der(0x30, der(0x02, b"\1"), _DIGESTS, held, der(0x31))))


def signed_in_pieces(content: bytes, size: int = 20) -> bytes:
    pieces = [der(0x04, content[at : at + size]) for at in range(0, len(content), size)]
    held = streamed(0x30, _DATA, streamed(0xA0, streamed(0x24, *pieces)))
    return streamed(0x30, _SIGNED, streamed(0xA0, streamed(0x30, der(0x02, b"\1"), _DIGESTS, held, der(0x31))))


def enveloped(secret: bytes) -> bytes:
    held = der(0x30, _DATA, der(0x30, b""), der(0x80, secret))
    return der(0x30, _ENVELOPED, der(0xA0, der(0x30, der(0x02, b"\0"), der(0x31), held)))


def part(kind: str, data: bytes, name: str = "", disposition: str = "attachment") -> bytes:
    """A part in base64."""
    said = f'; filename="{name}"' if name else ""
    head = f"Content-Type: {kind}\nContent-Transfer-Encoding: base64\nContent-Disposition: {disposition}{said}\n\n"
    return head.encode() + base64.encodebytes(data)


def mail_of(*parts: bytes, kind: str = "mixed") -> bytes:
    head = f"From: Ann <ann@example.com>\nSubject: wrapped\nContent-Type: multipart/{kind}; boundary=b\n\n".encode()
    return head + b"".join(b"--b\n" + one + b"\n" for one in parts) + b"--b--\n"


def alone(content: bytes) -> bytes:
    """A mail that is one part only."""
    return b"From: Ann <ann@example.com>\nSubject: wrapped\n" + content
