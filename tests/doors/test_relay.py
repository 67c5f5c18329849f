"""Letters over real sockets: what each answer of a mail server means, and how connections are kept."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from mailgate.errors import ConfigError, Permanent, RelayError, Transient
from mailgate.outbox.relay import MaildirRelay, Relay, SmtpRelay, open_relay
from mailgate.outbox.smtp import Peer
from mailgate.settings import RelaySettings
from smtp_sink import CUT, Sink, serving

FROM = "support+b7k2m9qv4x8b1n5c3z6d0@example.com"
ANN = "ann@example.net"
LETTER = b"Subject: hello\r\n\r\nfirst line\r\n.\r\n..two dots\r\n"
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
CERTIFICATE = Path(__file__).with_name("localhost.pem")


def relay_to(sink: Sink, **changes: object) -> Relay:
    settings = RelaySettings(f"smtp://127.0.0.1:{sink.port}", connections=2)
    return open_relay(replace(settings, **changes))  # type: ignore[arg-type]  # each test names real fields


def server_side() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


async def outcome(sink: Sink, recipient: str = ANN, message: bytes = LETTER) -> RelayError | None:
    async with serving(sink):
        relay = relay_to(sink)
        try:
            await relay.send(1, FROM, recipient, message)
        except RelayError as error:
            return error
        finally:
            await relay.close()
    return None


def test_a_letter_arrives_byte_for_byte_with_its_envelope() -> None:
    sink = Sink()
    assert asyncio.run(outcome(sink)) is None
    assert sink.taken == [(FROM, ANN, LETTER)]
    assert sink.commands[-1] == "QUIT"
    assert f"MAIL FROM:<{FROM}> SIZE={len(LETTER)}" in sink.commands


@pytest.mark.parametrize(
    ("step", "answer", "kind", "code"),
    [
        ("RCPT", "550 5.1.1 no such user", Permanent, 550),
        ("RCPT", "553 what is this", Permanent, 553),
        (".", "554 5.6.0 not with this content", Permanent, 554),
        ("DATA", "554 no valid recipients", Permanent, 554),
        ("MAIL", "552 5.3.4 too big", Permanent, 552),
        ("RCPT", "450 4.2.1 greylisted", Transient, 450),
        (".", "452 4.3.1 disk full", Transient, 452),
        (".", "421 going down", Transient, 421),
        ("DATA", "451 not now", Transient, 451),
        ("MAIL", "451 not now", Transient, 451),
        # Ours to mend, for every letter alike:
        ("connect", "554 5.7.1 you are on a list", Transient, 554),
        ("connect", "421 too many of you", Transient, 421),
        ("EHLO", "550 bad name", Transient, 550),
        ("MAIL", "550 5.7.1 sender not owned", Transient, 550),
        ("MAIL", "530 5.7.0 authenticate first", Transient, 530),
        ("RCPT", "530 5.7.0 authenticate first", Transient, 530),
        ("RCPT", "503 bad sequence", Transient, 503),
        # Unclear:
        ("RCPT", "299 perhaps", Transient, 299),
        (".", "354 go on", Transient, 354),
        ("RCPT", "nonsense", Transient, 0),
        ("connect", CUT, Transient, 0),
        ("EHLO", CUT, Transient, 0),
        ("RCPT", CUT, Transient, 0),
        ("DATA", CUT, Transient, 0),
        (".", CUT, Transient, 0),
    ],
)
@pytest.mark.parametrize(
    "extensions", [("SIZE 10000000",), ("SIZE 10000000", "PIPELINING")], ids=["singly", "together"]
)
def test_each_answer_says_whether_trying_again_may_help(
    step: str, answer: str, kind: type[RelayError], code: int, extensions: tuple[str, ...]
) -> None:
    scripts = {step: [answer]} | ({"HELO": [answer]} if step == "EHLO" else {})
    sink = Sink(scripts, extensions)
    error = asyncio.run(outcome(sink))
    assert type(error) is kind or (kind is Transient and isinstance(error, Transient))
    assert error is not None
    assert error.code == code
    assert sink.taken == []
    if answer != CUT and code:
        assert answer.partition(" ")[2] in str(error)


def test_a_relay_that_is_not_there_is_tried_again() -> None:
    async def run() -> None:
        async with serving(Sink()) as sink:
            pass
        with pytest.raises(Transient, match=f"127.0.0.1:{sink.port}"):
            await relay_to(sink).send(1, FROM, ANN, LETTER)

    asyncio.run(run())


def test_a_greylisted_letter_goes_the_second_time_and_over_the_same_connection() -> None:
    async def run() -> None:
        async with serving(Sink({"RCPT": ["450 later", "250 fine"]})) as sink:
            relay = relay_to(sink)
            with pytest.raises(Transient):
                await relay.send(1, FROM, ANN, LETTER)
            await relay.send(1, FROM, ANN, LETTER)
            await relay.close()
            assert len(sink.taken) == 1
            assert sink.connections == 1
            assert "RSET" in sink.commands

    asyncio.run(run())


def test_a_refused_recipient_is_no_matter_of_the_others() -> None:
    async def run() -> None:
        async with serving(Sink({"RCPT TO:<bob@example.net>": ["550 gone"]})) as sink:
            relay = relay_to(sink)
            people = [f"{name}@example.net" for name in ("ann", "bob", "cy")]
            letters = [relay.send(place, FROM, person, LETTER) for place, person in enumerate(people)]
            sent = await asyncio.gather(*letters, return_exceptions=True)
            await relay.close()
            assert [type(each) for each in sent] == [type(None), Permanent, type(None)]
            assert {recipient for _, recipient, _ in sink.taken} == {"ann@example.net", "cy@example.net"}

    asyncio.run(run())


def test_many_letters_go_over_few_connections() -> None:
    async def run() -> None:
        async with serving(Sink()) as sink:
            relay = relay_to(sink)
            await asyncio.gather(*(relay.send(place, FROM, ANN, LETTER) for place in range(50)))
            await relay.close()
            assert len(sink.taken) == 50
            assert sink.connections == 2
            assert sink.most_open == 2

    asyncio.run(run())


def test_a_relay_that_pipelines_is_told_sender_recipient_and_data_together() -> None:
    async def run() -> None:
        together: list[bytes] = []

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            # Nothing is answered before all three are there; then in pieces that end anywhere.
            together.append(await reader.readuntil(b"DATA\r\n"))
            for piece in (b"25", b"0 2.1.0 fine\r", b"\n250-2.1.5\r\n250 fi", b"ne\r\n354 go on\r\n"):
                writer.write(piece)
                await asyncio.sleep(0)
            together.append(await reader.readuntil(b"\r\n.\r\n"))
            writer.write(b"250 taken\r\n")
            await reader.readline()

        async with talking(talk) as relay:
            await relay.send(1, FROM, ANN, LETTER)
        assert together == [
            f"MAIL FROM:<{FROM}>\r\nRCPT TO:<{ANN}>\r\nDATA\r\n".encode(),
            LETTER.replace(b"\r\n.", b"\r\n..") + b".\r\n",
        ]

    asyncio.run(run())


def test_who_refuses_a_recipient_and_waits_for_the_letter_all_the_same_gets_none() -> None:
    async def run() -> None:
        async with serving(Sink({"RCPT": ["550 gone", "250 fine"]}, ("PIPELINING",))) as sink:
            relay = relay_to(sink)
            with pytest.raises(Permanent, match="gone"):
                await relay.send(1, FROM, ANN, LETTER)
            await relay.send(2, FROM, "bob@example.net", LETTER)
            await relay.close()
            assert [recipient for _, recipient, _ in sink.taken] == ["bob@example.net"]
            assert sink.connections == 2

    asyncio.run(run())


def test_a_refusal_in_full_leaves_a_pipelining_relay_ready_for_the_next_letter() -> None:
    async def run() -> None:
        script = {"RCPT": ["550 gone", "250 fine"], "DATA": ["554 no valid recipients", "354 go on"]}
        async with serving(Sink(script, ("PIPELINING",))) as sink:
            relay = relay_to(sink)
            with pytest.raises(Permanent, match="gone"):
                await relay.send(1, FROM, ANN, LETTER)
            await relay.send(2, FROM, ANN, LETTER)
            await relay.close()
            assert len(sink.taken) == 1
            assert sink.connections == 1

    asyncio.run(run())


@asynccontextmanager
async def talking(talk: Talk) -> AsyncIterator[Relay]:
    """A way to a relay that is connected to once, and says what `talk` says once its EHLO is answered."""

    async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        await reader.readline()
        writer.write(b"250-hello\r\n250 PIPELINING\r\n")
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await talk(reader, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        over.set()

    over = asyncio.Event()
    server = await asyncio.start_server(session, "127.0.0.1", 0)
    async with server:
        relay = open_relay(RelaySettings(f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"))
        yield relay
        await relay.close()
        await over.wait()


def test_a_relay_that_answers_before_it_was_given_the_letter_has_not_taken_it() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"DATA\r\n")
        writer.write(b"250 fine\r\n250 fine\r\n354 go on\r\n250 taken\r\n")
        await reader.readuntil(b"\r\n.\r\n")
        writer.write(b"554 not this one\r\n")

    async def run() -> None:
        async with talking(talk) as relay:
            with pytest.raises(Transient, match="before it was given the letter"):
                await relay.send(1, FROM, ANN, LETTER)

    asyncio.run(run())


def test_of_a_letter_that_was_given_up_nothing_more_reaches_a_relay_that_had_stopped_reading() -> None:
    """Else it would come twice: its next try may be under way by then."""

    async def run() -> None:
        under_way, given_up, heard = asyncio.Event(), asyncio.Event(), asyncio.get_running_loop().create_future()

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"DATA\r\n")
            writer.write(b"250 fine\r\n250 fine\r\n354 go on\r\n")
            octets = len(await reader.readexactly(1))
            under_way.set()
            await given_up.wait()
            with suppress(ConnectionError):
                while chunk := await reader.read(1 << 20):
                    octets += len(chunk)
            heard.set_result(octets)

        letter = b"x" * 30_000_000
        async with talking(talk) as relay:
            sending = asyncio.create_task(relay.send(1, FROM, ANN, letter))
            await under_way.wait()
            sending.cancel()
            await asyncio.wait([sending])
            given_up.set()
            assert await heard < len(letter)

    asyncio.run(run())


@pytest.mark.parametrize("how", ["hung up", "421 at the next letter", "cut at the next letter"])
def test_a_connection_that_died_of_age_is_replaced_unnoticed(how: str) -> None:
    async def run() -> None:
        last = {"hung up": "250 fine", "421 at the next letter": "421 idle too long"}.get(how, CUT)
        async with serving(Sink({"MAIL": ["250 fine", last, "250 fine"]})) as sink:
            relay = relay_to(sink)
            await relay.send(1, FROM, ANN, LETTER)
            if how == "hung up":
                sink.hang_up()
                await asyncio.sleep(0.05)
            await relay.send(2, FROM, ANN, LETTER)
            await relay.close()
            assert len(sink.taken) == 2
            assert sink.connections == 2

    asyncio.run(run())


def test_a_letter_cut_off_after_the_dot_is_not_sent_again_by_itself() -> None:
    async def run() -> None:
        async with serving(Sink({".": ["250 fine", CUT]})) as sink:
            relay = relay_to(sink)
            await relay.send(1, FROM, ANN, LETTER)
            with pytest.raises(Transient, match="may have been taken"):
                await relay.send(2, FROM, ANN, LETTER)
            await relay.close()
            assert sum(command == "DATA" for command in sink.commands) == 2

    asyncio.run(run())


@pytest.mark.parametrize(
    "recipient",
    ["ann@example.net>\r\nRCPT TO:<eve@example.org", "ann@example.net\n", "ann", "", "a b@", "\ud800@example.net"],
)
def test_what_is_no_address_never_reaches_the_relay(recipient: str) -> None:
    sink = Sink()
    assert isinstance(asyncio.run(outcome(sink, recipient)), Permanent)
    assert sink.connections == 0


def test_a_domain_in_other_letters_is_written_in_its_ascii_form() -> None:
    sink = Sink()
    asyncio.run(outcome(sink, "ann@bücher.example"))
    assert sink.taken[0][1] == "ann@xn--bcher-kva.example"


def test_an_address_in_other_letters_needs_a_relay_that_takes_them() -> None:
    error = asyncio.run(outcome(Sink(), "änn@example.net"))
    assert isinstance(error, Permanent)
    assert "SMTPUTF8" in str(error)
    sink = Sink(extensions=("8BITMIME", "SMTPUTF8"))
    assert asyncio.run(outcome(sink, "änn@example.net")) is None
    assert f"MAIL FROM:<{FROM}> BODY=8BITMIME SMTPUTF8" in sink.commands
    assert sink.taken[0][1] == "änn@example.net"


def test_a_null_return_path_is_sent_as_one() -> None:
    async def run() -> None:
        async with serving(Sink()) as sink:
            relay = relay_to(sink)
            await relay.send(1, "", ANN, LETTER)
            await relay.close()
            assert any(command.startswith("MAIL FROM:<> ") for command in sink.commands)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("host", "starttls", "upgrades"),
    [
        ("127.0.0.1", "auto", False),
        ("127.8.8.8", "auto", False),
        ("::1", "auto", False),
        ("localhost", "auto", False),
        ("mail.example.com", "auto", True),
        ("192.0.2.1", "auto", True),
        ("localhost.example.com", "auto", True),
        ("mail.example.com", "off", False),
        ("127.0.0.1", "verify", True),
    ],
)
def test_starttls_is_required_wherever_the_road_leaves_this_machine(host: str, starttls: str, upgrades: bool) -> None:
    assert Peer(host, 25, starttls=starttls).upgrades is upgrades  # type: ignore[arg-type]  # the three words of Peer


def test_starttls_with_a_certificate_that_nobody_vouches_for_is_refused() -> None:
    async def run() -> None:
        async with serving(Sink(tls=server_side())) as sink:
            with pytest.raises(Transient, match=r"(?i)certificate"):
                await relay_to(sink, starttls="verify").send(1, FROM, ANN, LETTER)
            assert sink.taken == []
            assert not any(command.startswith("MAIL") for command in sink.commands)

    asyncio.run(run())


def test_starttls_with_a_certificate_of_the_ca_file_carries_the_letter() -> None:
    async def run() -> None:
        async with serving(Sink(tls=server_side())) as sink:
            relay = relay_to(sink, starttls="verify", ca_file=CERTIFICATE)
            await relay.send(1, FROM, ANN, LETTER)
            await relay.close()
            assert len(sink.taken) == 1
            assert sink.commands.count("STARTTLS") == 1

    asyncio.run(run())


def test_a_relay_without_starttls_gets_nothing_where_it_is_required() -> None:
    async def run() -> None:
        async with serving(Sink()) as sink:
            with pytest.raises(Transient, match="STARTTLS"):
                await relay_to(sink, starttls="verify").send(1, FROM, ANN, LETTER)
            assert sink.taken == []

    asyncio.run(run())


def test_smtps_is_verified_too() -> None:
    async def run() -> None:
        async with serving(Sink(), server_side()) as sink:
            url = f"smtps://127.0.0.1:{sink.port}"
            with pytest.raises(Transient, match=r"(?i)certificate"):
                await relay_to(sink, url=url).send(1, FROM, ANN, LETTER)
            relay = relay_to(sink, url=url, ca_file=CERTIFICATE)
            await relay.send(1, FROM, ANN, LETTER)
            await relay.close()
            assert len(sink.taken) == 1

    asyncio.run(run())


def test_the_password_is_read_for_each_connection_and_a_refusal_is_ours_to_mend(tmp_path: Path) -> None:
    async def run() -> None:
        secret = tmp_path / "password"
        secret.write_text("first\n", encoding="utf-8")
        script = {"AUTH": ["535 5.7.8 no", "235 welcome"]}
        async with serving(Sink(script, extensions=("AUTH PLAIN",))) as sink:
            relay = relay_to(sink, url=f"smtp://gate%40example.com@127.0.0.1:{sink.port}", password_file=secret)
            with pytest.raises(Transient, match="535") as raised:
                await relay.send(1, FROM, ANN, LETTER)
            assert "first" not in str(raised.value)
            secret.write_text("second\n", encoding="utf-8")
            await relay.send(1, FROM, ANN, LETTER)
            await relay.close()
            # base64 of NUL, name, NUL, password (RFC 4616)
            assert "AUTH PLAIN AGdhdGVAZXhhbXBsZS5jb20AZmlyc3Q=" in sink.commands
            assert "AUTH PLAIN AGdhdGVAZXhhbXBsZS5jb20Ac2Vjb25k" in sink.commands
            secret.unlink()
            relay = relay_to(sink, url=f"smtp://gate@127.0.0.1:{sink.port}", password_file=secret)
            with pytest.raises(Transient, match="password"):
                await relay.send(1, FROM, ANN, LETTER)

    asyncio.run(run())


def test_a_sending_that_is_cancelled_leaves_no_half_used_connection() -> None:
    async def run() -> None:
        async with serving(Sink({"RCPT": ["silent", "250 fine"]})) as sink:
            relay = relay_to(sink)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(relay.send(1, FROM, ANN, LETTER), 0.1)
            await relay.send(2, FROM, ANN, LETTER)
            await relay.close()
            assert len(sink.taken) == 1
            assert sink.connections == 2

    asyncio.run(run())


def test_an_unusable_ca_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.pem"):
        open_relay(RelaySettings("smtps://mail.example.com", ca_file=tmp_path / "nowhere.pem"))


@pytest.mark.parametrize("url", ["http://x", "smtp://", "mail.example.com", "maildir"])
def test_a_url_of_no_relay_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="a relay is"):
        open_relay(RelaySettings(url))


def test_urls_choose_the_relay(tmp_path: Path) -> None:
    assert isinstance(open_relay(RelaySettings(f"maildir:{tmp_path}")), MaildirRelay)
    assert isinstance(open_relay(RelaySettings("smtp://127.0.0.1")), SmtpRelay)


def test_a_maildir_holds_each_letter_once_however_often_it_is_sent(tmp_path: Path) -> None:
    async def run() -> None:
        relay = open_relay(RelaySettings(f"maildir:{tmp_path}/sent"))
        await asyncio.gather(*(relay.send(7, FROM, ANN, LETTER) for _ in range(5)))
        await relay.send(8, FROM, "bob@example.net", LETTER)
        await relay.close()

    asyncio.run(run())
    assert sorted(file.name for file in (tmp_path / "sent/new").iterdir()) == ["7.mailgate", "8.mailgate"]
    assert list((tmp_path / "sent/tmp").iterdir()) == []
    assert (tmp_path / "sent/new/7.mailgate").read_bytes() == (
        f"Return-Path: <{FROM}>\nDelivered-To: {ANN}\nX-Original-To: {ANN}\n".encode() + LETTER.replace(b"\r\n", b"\n")
    )


def test_a_maildir_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "sent").write_text("a file", encoding="utf-8")
    with pytest.raises(Transient, match="sent"):
        asyncio.run(open_relay(RelaySettings(f"maildir:{tmp_path}/sent")).send(1, FROM, ANN, LETTER))


def test_a_letter_that_cannot_be_put_in_its_place_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "new/1.mailgate/in the way").mkdir(parents=True)
    with pytest.raises(Transient):
        asyncio.run(MaildirRelay(tmp_path).send(1, FROM, ANN, LETTER))
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_maildir_takes_no_address_that_could_become_a_header(tmp_path: Path) -> None:
    with pytest.raises(Permanent):
        asyncio.run(MaildirRelay(tmp_path).send(1, FROM, "ann@example.net\nBcc: eve", LETTER))
