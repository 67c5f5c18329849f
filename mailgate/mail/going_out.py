"""What of an engineer's mail goes to the customer: his new words and files, and nothing that tells who or where he is.

It only takes away; who gets it is decided in `cases/`, how it is written in `outbox/`.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Final

from mailgate.mail.charset import decode
from mailgate.mail.html_going_out import html_of, signature_of
from mailgate.mail.message import Address, Attachment, GoingOut, KeptBack, Mail, Octets
from mailgate.mail.names import safe_name
from mailgate.mail.opened import octets_of
from mailgate.mail.private import Private
from mailgate.mail.skeleton import walk
from mailgate.mail.transfer import undo
from mailgate.mail.words_out import SHOWN, without_marks, without_signature

# Wrappers and proofs that mail programs add, and cards of who wrote.
_NOT_FILES: Final = {
    "application/ms-tnef": "a wrapper of Outlook's",
    "application/vnd.ms-tnef": "a wrapper of Outlook's",
    "application/pkcs7-mime": "a wrapper of your mail program's",
    "application/x-pkcs7-mime": "a wrapper of your mail program's",
    "application/pgp-encrypted": "a wrapper of your mail program's",
    "application/pkcs7-signature": "a signature of your mail program's",
    "application/x-pkcs7-signature": "a signature of your mail program's",
    "application/pgp-signature": "a signature of your mail program's",
    "application/pgp-keys": "your own key",
    "text/vcard": "a visiting card",
    "text/x-vcard": "a visiting card",
    "text/directory": "a visiting card",
    "text/calendar": "a calendar's entry",
    "application/ics": "a calendar's entry",
}
_NOT_NAMED: Final = (
    (re.compile(r"winmail\.dat$", re.IGNORECASE), "a wrapper of Outlook's"),
    (re.compile(r"(?:smime\.p7s|signature\.asc)$", re.IGNORECASE), "a signature of your mail program's"),
    (re.compile(r"(?:smime\.p7m|encrypted\.asc)$", re.IGNORECASE), "a wrapper of your mail program's"),
    (re.compile(r".*\.vcf$", re.IGNORECASE), "a visiting card"),
    (re.compile(r".*\.ics$", re.IGNORECASE), "a calendar's entry"),
    (re.compile(r"OpenPGP_.*\.asc$", re.IGNORECASE), "your own key"),
)
_TEXTS: Final = 20  # that are read
_TEXT_OCTETS: Final = 512 * 1024  # of each
_TAG = re.compile(r"<[^>]*>")
_NOT_SEEN: Final = "it stands in what was cut away, or nobody can tell"
_HOLDS: Final = "it holds an address of ours, or a mark of this desk's"


def going_out(mail: Mail, data: Octets, words: str, private: frozenset[str], ours: Address) -> GoingOut:
    """What a customer may see of `mail`, of whose new words (`Mail.reply_text`) `words` is what is left to send.

    The private signature goes by these rules, the first that holds: all below a line `-- `; what the mail program
    marked as signature in the html, where the words end with it; lines at the end such as "Sent from my iPhone"; and,
    at the end, at most 25 lines below a line of three or more `-` or `_` that hold an address, a telephone number, or a
    link. Lines with a reply token's marker or "write above this line" go wherever they stand. A private address
    becomes ours wherever it is left; a file that holds one is kept back.

    Linear in the mail; never raises.
    """
    secret = Private(private, ours)
    unmarked = without_marks(words)
    signature = signature_of(mail.html)
    own = without_signature(unmarked, signature)
    pictures = _pictures(mail, ours)
    fragment = html_of(mail.html, own, secret, pictures) if own.strip() else None
    shown = fragment.shown if fragment else frozenset()
    named = {one.strip() for one in SHOWN.findall(own)}
    files: list[Attachment] = []
    kept_back: list[KeptBack] = []
    for file in mail.attachments:
        why = _why_not(file, mail, data, secret, named, shown if fragment else None)
        name = _name(file, secret)
        if why:
            missed = why == _HOLDS or (why == _NOT_SEEN and fragment is None and bool(own.strip()))
            kept_back.append(KeptBack(name or file.type, why, missed))
            continue
        inline = file.content_id in shown
        files.append(replace(file, name=name, inline=inline, content_id=pictures[file.content_id] if inline else ""))
    if {file.content_id for file in files if file.inline} != {pictures[one] for one in shown}:
        fragment = None  # a picture that it shows is kept back
        files = [replace(file, inline=False, content_id="") for file in files]
    html = fragment.html if fragment else None
    said = tuple(_texts_of(files, data))
    unparted = len(unmarked) < len(words)
    return GoingOut(_text(own, mail, secret), html, tuple(files), tuple(kept_back), said, unparted, signature)


def _texts_of(files: Iterable[Attachment], data: Octets) -> Iterator[str]:
    """The beginnings of those that are text, or mails with text; not what a program must open."""
    texts = (file for file in files if file.type.startswith(("text/", "message/")))
    for file in islice(texts, _TEXTS):
        octets = octets_of(file, data, _TEXT_OCTETS)
        if file.type.startswith("text/"):
            yield _plain(octets, file.type)
            continue
        for part in islice(walk(octets).root.leaves(), _TEXTS):
            if part.type.startswith("text/"):
                yield _plain(undo(octets[part.start : part.end], part.encoding)[0], part.type)


def _plain(octets: bytes, kind: str) -> str:
    text = decode(octets)[0]
    return entities.unescape(_TAG.sub(" ", text)) if kind == "text/html" else text


def _text(words: str, mail: Mail, secret: Private) -> str:
    names = {file.content_id: _name(file, secret) for file in mail.attachments if file.content_id}
    told = SHOWN.sub(lambda shown: f"[{names.get(shown[1].strip()) or 'image'}]", words)
    return secret.hide(told).strip("\n")


def _name(file: Attachment, secret: Private) -> str:
    return safe_name(secret.hide(file.called))


def _pictures(mail: Mail, ours: Address) -> dict[str, str]:
    """New Content-IDs: those of mail programs name the machine that they run on."""
    domain = ours.address.rpartition("@")[2]
    known = [file.content_id for file in mail.attachments if file.content_id and file.type.startswith("image/")]
    return {one: f"image{number}@{domain}" for number, one in enumerate(dict.fromkeys(known), 1)}


def _why_not(
    file: Attachment, mail: Mail, data: Octets, secret: Private, named: set[str], shown: frozenset[str] | None
) -> str:
    """Why a file does not go out; "" where it does. `shown` is None where no html does."""
    if file.type in _NOT_FILES:
        return _NOT_FILES[file.type]
    for pattern, why in _NOT_NAMED:
        if pattern.match(file.name):
            return why
    in_html = bool(file.content_id) and f"cid:{file.content_id}" in mail.html
    seen = file.content_id in shown if shown is not None else bool(named & {file.content_id, file.name})
    if in_html and not seen:
        return _NOT_SEEN
    octets = octets_of(file, data)
    if file.type.startswith("message/"):
        return _why_not_a_message(octets, secret)
    return _HOLDS if secret.held_by(octets) else ""


def _why_not_a_message(octets: bytes, secret: Private) -> str:
    skeleton = walk(octets)
    if secret.ours.key in skeleton.header.first("from").decode("utf_8", "replace").casefold():
        return "it is a letter of this desk's"
    leaves = (undo(octets[part.start : part.end], part.encoding)[0] for part in skeleton.root.leaves())
    return _HOLDS if secret.held_by(octets) or any(map(secret.held_by, leaves)) else ""
