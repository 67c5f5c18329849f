"""Words that strangers chose, made safe to show on one line and to save a file under. It decodes nothing."""

from __future__ import annotations

import re

# C0, DEL, C1, line and paragraph separators: they break lines, terminals and headers.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# Bidirectional overrides, embeddings, isolates and marks: "gpj.exe" shown as "exe.jpg". Also what shows nothing at all
# (the last are letters of Hangul that have no shape).
_UNSEEN = re.compile(
    "[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u200b\u2060-\u2064\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
    "\u115f\u1160\u3164\uffa0]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_ENDING = re.compile(r"(?:\.tar)?\.[^.\s]{1,15}\Z")
# Windows opens a device under these names, whatever stands behind the first dot.
_DEVICE = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])\s*(?=\.|\Z)", re.IGNORECASE)
_HIDING = re.compile(r"\s{5,}")  # "offer.pdf                    .exe"
# "a.ini:stream" names a stream of a file; "Re: offer?.eml" is a title, and who saves it puts another sign there.
_SPECIAL = re.compile(r"[\\/<>|]|:(?! )")
_LONGEST_NAME = 240  # bytes of UTF-8; file systems take 255


def one_line(text: str) -> str:
    """One clean line: controls become a space, invisible direction marks go; spaces inside are kept as they are."""
    if text.isascii() and text.isprintable():
        return text.strip()
    text = _SURROGATE.sub("\ufffd", _UNSEEN.sub("", _CONTROL.sub(" ", text)))
    return text.strip()


def safe_name(text: str) -> str:
    """A file name without path, control or direction characters; "" where nothing is left.

    What looks like a path keeps its last component; a slash inside a title ("Offer 12/2026.pdf") becomes "_".
    """
    name = one_line(text).strip("\"' ")
    if re.match(r"[A-Za-z]:[\\/]|[\\/]|\.{1,2}[\\/]|file:", name) or "\\" in name or "/../" in name:
        name = re.split(r"[\\/]", name.rstrip("\\/"))[-1]
    name = _SPECIAL.sub("_", name)
    name = _HIDING.sub(" ", name).rstrip(". \u3000\xa0")
    name = f"_{name}" if _DEVICE.match(name) else name
    if not name.strip("."):
        return ""
    if len(name) * 4 <= _LONGEST_NAME or len(name.encode()) <= _LONGEST_NAME:
        return name
    found = _ENDING.search(name)
    ending = found.group() if found else ""
    kept = name.removesuffix(ending).encode()[: _LONGEST_NAME - len(ending.encode())]
    return kept.decode("utf_8", "ignore") + ending
