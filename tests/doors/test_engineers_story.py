"""An engineer's day over the wire: SMTP on both sides of the real daemon, his mailbox a real Dovecot, read by IMAP."""

from __future__ import annotations

import email
import email.policy
import re
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from typing import Any, cast

from daemon import PATIENCE_SECONDS, Daemon, free_port
from dovecot import Dovecot
from mailgate.store import facts
from smtp_sink import Sink, standing
from world import mail

ANN, EVE = "ann@customer.test", "eve@desk.test"
DESK = """
[door.desk]
protocol = "smtp"
listen = "127.0.0.1:{port}"
trust = "network"
networks = ["127.0.0.1/32"]

[[engineer]]
address = "eve@desk.test"
name = "Eve Night"
public = "Eve"
"""
# What nobody outside may learn: her address, name in full, machine, network, client, private signature.
SECRETS = (
    "eve@", "desk.test", "night", "laptop-eve", "10.1.2.3", "corp", "thunderbird", "mozilla", "555 0199", "x-eve",
    "received:", "user-agent", "write above this line", "mailgate case show", "/assign",
)  # fmt: skip

# As her Thunderbird writes it, and her mail server hands it on.
ANSWER = """\
Received: from LAPTOP-EVE (laptop-eve.corp.desk.test [10.1.2.3])
 by mail.desk.test (Postfix) with ESMTPSA id 4B1F; Tue, 17 Nov 2026 10:00:00 +0000 (UTC)
Return-Path: <eve@desk.test>
From: Eve Night <eve@desk.test>
To: {to}
Subject: Re: {subject}
Message-ID: <{name}@laptop-eve.corp.desk.test>
In-Reply-To: {message_id}
References: {message_id}
Date: Tue, 17 Nov 2026 10:00:00 +0000
X-Originating-IP: [10.1.2.3]
X-Eve-Draft: 1
User-Agent: Mozilla Thunderbird
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="tb"

--tb
Content-Type: multipart/alternative; boundary="tba"

--tba
Content-Type: text/plain; charset=utf-8; format=flowed
Content-Transfer-Encoding: 8bit

{words}

--\x20
Eve Night, +1 202 555 0199

On 17/11/2026 10:00, mailgate wrote:
{quoted}

--tba
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: 8bit

<html><head></head><body><p>{words_html}</p>
<pre class="moz-signature" cols="72">--\x20
Eve Night, <a href="mailto:eve@desk.test">+1 202 555 0199</a></pre>
<div class="moz-cite-prefix">On 17/11/2026 10:00, mailgate wrote:<br></div>
<blockquote type="cite" cite="mid:{mid}">{quoted_html}</blockquote>
</body></html>

--tba--

--tb
Content-Type: text/plain; charset=utf-8; name="steps.txt"
Content-Disposition: attachment; filename="steps.txt"
Content-Transfer-Encoding: base64

MS4gUHVsbCB0aGUgcGx1Zy4K

--tb--
"""
REPORT = """\
From: Mail Delivery System <mailer-daemon@customer.test>
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: <bounce@customer.test>
Date: Tue, 17 Nov 2026 11:00:00 +0000
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="r"

--r
Content-Type: text/plain

The mailbox is full.

--r
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.customer.test

Final-Recipient: rfc822; ann@customer.test
Action: failed
Status: 5.2.2
Diagnostic-Code: smtp; 552 5.2.2 mailbox full

--r
Content-Type: text/rfc822-headers

From: support@example.com
To: ann@customer.test
Message-ID: {message_id}

--r--
"""


class Day:
    """The daemon, what its relay took, and the engineer before her mail program."""

    def __init__(self, daemon: Daemon, port: int, sink: Sink, mailbox: Dovecot) -> None:
        self.daemon, self.port, self.sink, self.mailbox = daemon, port, sink, mailbox
        self.reader = mailbox.client()
        self.handed_over = self.sent = 0
        self.seen: set[int] = set()

    def ann_writes(self, data: bytes, to: str = "support@example.com", sender: str = ANN) -> None:
        (inbound,) = self._send(self.daemon.port, data, to, sender)
        self.daemon.becomes("filed", inbound)

    def eve_reads(self, kind: str) -> EmailMessage:
        """The next letter in her inbox, over IMAP: of that kind, or it is not what should have come."""

        def there() -> int | None:
            self._hand_over()
            self.reader.select_folder("INBOX", readonly=True)
            return min((uid for uid in self.reader.search() if uid not in self.seen), default=None)

        uid = self.daemon.wait(there, f"{kind} in the engineer's mailbox")
        self.seen.add(uid)
        letter = opened(self.reader.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"])
        assert self.kind_of(letter) == kind
        return letter

    def eve_answers(self, letter: EmailMessage, words: str) -> None:
        """From her own mail program, below her the whole letter."""
        self.sent += 1
        text = text_of(letter)
        message_id, to = str(letter["Message-ID"]), parseaddr(letter["Reply-To"])[1]
        data = ANSWER.format(
            to=to,
            subject=letter["Subject"],
            name=f"answer-{self.sent}",
            message_id=message_id,
            mid=message_id.strip("<>"),
            words=words,
            words_html=words.replace("\n", "<br>"),
            quoted="\n".join(f"> {line}".rstrip() for line in text.splitlines()),
            quoted_html="<br>".join(text.splitlines()),
        )
        (inbound,) = self._send(self.port, wire(data), to, EVE)
        self.daemon.becomes("filed", inbound)

    def ann_reads(self, kind: str, count: int) -> tuple[str, bytes]:
        """The last of `count` letters of that kind that the relay took for her: where its bounces go, and its bytes."""

        def taken() -> list[tuple[str, bytes]]:
            found = [(sender, data) for sender, to, data in self.sink.taken if to == ANN]
            return [one for one in found if self.kind_of(opened(one[1])) == kind][count - 1 :]

        (last,) = self.daemon.wait(taken, f"{kind} number {count} to the customer")
        return cast("tuple[str, bytes]", last)

    def kind_of(self, letter: EmailMessage) -> str:
        return next(str(row["kind"]) for row in self.daemon.outbox() if row["message_id"] == letter["Message-ID"])

    def case(self) -> dict[str, Any]:
        with self.daemon.look() as connection:
            (row,) = facts.list_cases(connection)
            return facts.show_case(connection, str(row["number"]))

    def _hand_over(self) -> None:
        """What the relay took for her comes to her mailbox."""
        taken = self.sink.taken[self.handed_over :]
        self.handed_over += len(taken)
        for _, to, data in taken:
            if to == EVE:
                self.mailbox.deliver(data)

    def _send(self, port: int, data: bytes, to: str, sender: str) -> list[int]:
        with smtplib.SMTP("127.0.0.1", port, timeout=PATIENCE_SECONDS) as client:
            client.ehlo("mx.test")
            client.mail(sender)
            client.rcpt(to)
            code, said = client.data(data)
            assert code == 250, said
            return [int(said.rpartition(b" ")[2])]


def test_an_engineer_works_on_a_case_from_her_own_mail_program(tmp_path: Path) -> None:
    with day(tmp_path) as today:
        today.ann_writes(mail())
        notice = today.eve_reads("new_case")
        assert "It burns." in text_of(notice)
        assert "ann@customer.test wrote" in text_of(notice)

        today.eve_answers(notice, "Which model is it?")
        return_path, relayed = today.ann_reads("reply", 1)
        assert traces(relayed) == []
        letter = opened(relayed)
        assert (letter["From"], letter["To"]) == (
            '"Eve (Support)" <support@example.com>',
            "Ann Lee <ann@customer.test>",
        )
        assert text_of(letter).startswith("Which model is it?\n")
        (steps,) = letter.iter_attachments()
        assert (steps.get_filename(), steps.get_content().replace("\r\n", "\n")) == ("steps.txt", "1. Pull the plug.\n")
        case = today.case()
        assert case["status"] == "waiting"
        assert today.daemon.ask("case", "show", str(case["number"]))["clocks"][0]["state"] == "met"

        today.ann_writes(answer_to(letter, "A model 7."), to=parseaddr(letter["Reply-To"])[1])
        entry = today.eve_reads("new_entry")
        assert "A model 7." in text_of(entry)
        assert "eve@desk.test to the customer:\nWhich model is it?" in text_of(entry)

        today.eve_answers(entry, "/note\nModel 7 burns often, and the maker knows.")
        today.eve_answers(entry, "/assign me\n/priority high\n/status")
        status = text_of(today.eve_reads("case_status"))
        assert "(internal note):\nModel 7 burns often" in status
        case = today.case()
        assert (case["owner"], case["priority"], case["status"]) == (EVE, 2, "open")
        assert [line["kind"] for line in case["history"]].count("reply") == 1, "neither note nor commands went out"

        today.eve_answers(entry, "Pull the plug.")
        return_path, relayed = today.ann_reads("reply", 2)
        assert traces(relayed) == []
        assert re.fullmatch(r"support\+b\w{20}@example\.com", return_path)
        report = REPORT.format(to=return_path, message_id=opened(relayed)["Message-ID"])
        today.ann_writes(wire(report), to=return_path, sender="")
        failed = today.eve_reads("not_delivered")
        assert "did not reach ann@customer.test" in text_of(failed)
        assert today.case()["status"] == "waiting"

        today.eve_answers(entry, "/close\nThe maker takes it back.")
        _, relayed = today.ann_reads("reply", 3)
        assert traces(relayed) == []
        assert today.case()["status"] == "closed"

        today.ann_writes(answer_to(opened(relayed), "It burns again."), to=parseaddr(opened(relayed)["Reply-To"])[1])
        assert today.case()["status"] == "open"
        assert "It burns again." in text_of(today.eve_reads("new_entry"))


@contextmanager
def day(home: Path) -> Iterator[Day]:
    port = free_port()
    with standing(Sink()) as sink, Dovecot(user=EVE) as mailbox:
        relay = f"smtp://127.0.0.1:{sink.port}"
        with Daemon(home, relay=relay, extra=DESK.format(port=port)) as daemon:
            today = Day(daemon, port, sink, mailbox)
            yield today
            today.reader.logout()


def answer_to(letter: EmailMessage, words: str) -> bytes:
    """Ann's, from a program that keeps the thread."""
    name = f"<{abs(hash(words))}@customer.test>"
    quoted = "\n".join(f"> {line}" for line in text_of(letter).splitlines())
    body = f"{words}\n\nOn 17/11/2026 10:30, Eve wrote:\n{quoted}".replace("\n", "\r\n")
    return mail(f"Re: {letter['Subject']}", body, message_id=name, in_reply_to=str(letter["Message-ID"]))


def traces(message: bytes) -> list[str]:
    """Which secrets stand in it: byte by byte, and in each header and part as a reader would see it."""
    letter = opened(message)
    seen = [message.decode("ascii"), *(f"{name}: {value}" for name, value in letter.items())]
    for part in letter.walk():
        seen += [f"{name}: {value}" for name, value in part.items()]
        if not part.is_multipart():
            seen.append(cast("bytes", part.get_payload(decode=True)).decode("utf-8"))
    everything = re.sub(r"\s+", " ", "\n".join(seen).casefold())
    assert re.search(r"\[r:\w{20}\]", everything) is None, "the marker of her own letter"
    return [secret for secret in SECRETS if secret in everything]


def opened(data: bytes) -> EmailMessage:
    letter = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(letter, EmailMessage)
    return letter


def text_of(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return cast("str", body.get_content()).replace("\r\n", "\n")


def wire(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()
