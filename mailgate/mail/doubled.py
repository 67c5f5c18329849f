"""UTF-8 that some program took for Latin-1 and encoded once more ("MÃ¼ller"): known for sure, or left alone."""

from __future__ import annotations

import re

# One character of UTF-8 as Windows-1252 shows its bytes: a lead byte (Â to ô) and what follows it, 0x80 to 0xBF.
_FOLLOWERS = bytes(range(0x80, 0xC0)).decode("cp1252", "ignore") + "".join(map(chr, range(0x80, 0xA0)))
_TWICE = re.compile(rf"[Â-ß][{_FOLLOWERS}]|[à-ï][{_FOLLOWERS}]{{2}}|[ð-ô][{_FOLLOWERS}]{{3}}")
_LEAD = re.compile(rf"[Â-ô](?=[{_FOLLOWERS}])")
# The same of octets, which are searched faster; it may find more.
_LEAD_IN_UTF8 = re.compile(rb"\xc3[\x82-\xb4][\xc2\xc5\xc6\xcb\xe2]")
_UNUSED = (0x81, 0x8D, 0x8F, 0x90, 0x9D)
_TO_BYTES = {byte: byte for byte in range(0x100)} | {
    ord(bytes((byte,)).decode("cp1252")): byte for byte in range(0x80, 0xA0) if byte not in _UNUSED
}
_CONTROL = re.compile("[\x80-\x9f]")
_SAMPLE = 16 * 1024  # characters
_ENOUGH = 4  # a text that says "the page shows MÃ¼ller" is meant as it stands


def undoubled(text: str, enough: int = _ENOUGH) -> str:
    """What was meant, "" where the text may be meant as it stands: every character above ASCII must be part of such a
    pair, there are at least `enough` of them, and letters come of it."""
    if text.isascii():
        return ""
    sample = text[:_SAMPLE]
    if not _LEAD_IN_UTF8.search(sample.encode("utf_8", "surrogatepass")) or not _LEAD.search(sample):
        return ""
    found = _TWICE.findall(text)
    strange = sum(1 for sign in text if sign > "\x7f")
    if any(_CONTROL.search(pair) for pair in found):
        enough = 1  # nobody writes C1 controls
    if len(found) < enough or sum(map(len, found)) != strange:
        return ""
    try:
        read = bytes(_TO_BYTES[ord(sign)] for sign in text).decode("utf_8")
    except (UnicodeError, KeyError):
        return ""
    letters = sum(1 for sign in read if sign > "\x7f" and sign.isalpha())
    return read if letters * 2 >= len(found) and not any("\x80" <= sign <= "\x9f" for sign in read) else ""
