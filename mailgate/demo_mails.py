"""The mails that the demo sends: as customers' mail systems would."""

from __future__ import annotations

import base64
from email.message import EmailMessage

_HEAD = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
_FIRST = "<first@customer.test>"
_REQUEST = (
    f"From: Ann Lee <ann@customer.test>\r\nTo: support@example.com\r\nSubject: Printer on fire\r\n"
    f"Date: Tue, 17 Nov 2026 09:00:00 +0100\r\nMessage-ID: {_FIRST}\r\n{_HEAD}"
    "Hello,\r\n\r\nthe printer on the second floor is on fire again. What shall we do?\r\n\r\nRegards, Ann\r\n"
)


def new_request() -> bytes:
    return _REQUEST.encode()


def duplicate_by_list() -> bytes:
    """The same mail as a mailing list hands it on: tagged, with a footer."""
    sender = "Sender: office@lists.customer.test\r\nMIME-Version"
    body = _REQUEST.replace("Subject: ", "Subject: [office] ").replace("MIME-Version", sender)
    return f"{body}\r\n_______\r\noffice mailing list\r\n".encode()


def engineer_answers(notice: EmailMessage) -> bytes:
    """His words below a command, above his private signature and all that he answers."""
    body = notice.get_body(preferencelist=("plain",))
    quoted = "".join(f"> {line}\r\n" for line in (body.get_content() if body else "").splitlines())
    return (
        f"From: Bob Night <bob@desk.test>\r\nTo: {notice['Reply-To']}\r\nSubject: Re: {notice['Subject']}\r\n"
        f"Date: Tue, 17 Nov 2026 09:05:00 +0100\r\nMessage-ID: <answer@laptop-bob.desk.test>\r\n"
        f"In-Reply-To: {notice['Message-ID']}\r\nUser-Agent: Mozilla Thunderbird\r\n{_HEAD}"
        "/assign me\r\n\r\nPull the plug, and write to us whether it went out.\r\n\r\n"
        "-- \r\nBob Night, +1 202 555 0199\r\n\r\n"
        f"On Tue, 17 Nov 2026 at 09:01, mailgate <support@example.com> wrote:\r\n{quoted}"
    ).encode()


def reply_with_folded_ref(subject: str) -> bytes:
    """A reply whose Subject is folded in the middle of the ref's key."""
    cut = subject.index("._500") + 8
    return (
        f"From: Ann Lee <ann@customer.test>\r\nTo: support@example.com\r\n"
        f"Subject: AW: {subject[:cut]}\r\n {subject[cut:]}\r\n"
        f"Date: Tue, 17 Nov 2026 09:10:00 +0100\r\nMessage-ID: <second@customer.test>\r\n"
        f"{_HEAD}"
        "It went out by itself. Still, please have a look.\r\n\r\n"
        "On Tue, 17 Nov 2026 at 09:01, Support <support@example.com> wrote:\r\n"
        "> A case has been created successfully.\r\n"
    ).encode()


def out_of_office(answered: str) -> bytes:
    return (
        "From: Ann Lee <ann@customer.test>\r\nTo: support@example.com\r\nSubject: Out of office\r\n"
        f"Date: Tue, 17 Nov 2026 09:11:00 +0100\r\nMessage-ID: <third@customer.test>\r\nIn-Reply-To: {answered}\r\n"
        f"Auto-Submitted: auto-replied\r\n{_HEAD}I am away until Monday.\r\n"
    ).encode()


def japanese() -> bytes:
    """ISO-2022-JP words, an RFC 2047 subject, and a text file with an RFC 2231 name."""
    subject = base64.b64encode("プリンターが動きません".encode("iso-2022-jp")).decode()
    words = "お世話になっております。\r\nプリンターが動きません。ログを添付します。\r\n佐藤".encode("iso-2022-jp")
    name = "".join(f"%{byte:02X}" for byte in "ログ.txt".encode())
    log = base64.b64encode("紙詰まり\r\n".encode() * 20)
    return b"\r\n".join(
        [
            b"From: =?iso-2022-jp?B?" + base64.b64encode("佐藤".encode("iso-2022-jp")) + b"?= <sato@kyaku.test>",
            b"To: support@example.com",
            b"Subject: =?iso-2022-jp?B?" + subject.encode() + b"?=",
            b"Date: Tue, 17 Nov 2026 17:00:00 +0900",
            b"Message-ID: <fourth@kyaku.test>",
            b"MIME-Version: 1.0",
            b'Content-Type: multipart/mixed; boundary="=_demo"',
            b"",
            b"--=_demo",
            b"Content-Type: text/plain; charset=iso-2022-jp",
            b"Content-Transfer-Encoding: 7bit",
            b"",
            words,
            b"--=_demo",
            b"Content-Type: text/plain; charset=utf-8",
            b"Content-Disposition: attachment; filename*=utf-8''" + name.encode(),
            b"Content-Transfer-Encoding: base64",
            b"",
            *(log[place : place + 76] for place in range(0, len(log), 76)),
            b"--=_demo--",
            b"",
        ]
    )
