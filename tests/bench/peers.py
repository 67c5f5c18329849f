"""The processes beside mailgate in a bench: SMTP clients, a relay that swallows, the stock reader, our door alone.

python peers.py load PORT CLIENTS RECIPIENT FILE...   prints {"msgs": N, "secs": S, "p50_ms": …, "p99_ms": …}
python peers.py paced PORT RATE RECIPIENT FILE...     so many a second, come what may; prints when each had its 250
python peers.py sink PORT                              takes every letter
python peers.py stock PORT                             aiosmtpd's own reader with a handler that does nothing
python peers.py door PORT CONFIG                       the door, counter and store of those settings, and no walk

The last three are asked by lines on stdin ("count", "times"), and end with it. Times are of the machine's monotonic
clock, by the Message-ID of the mail that a letter answers.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar


async def load(port: int, clients: int, recipient: str, mails: deque[bytes]) -> None:
    count, times, start = len(mails), [], time.monotonic()

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)

        async def said(expected: bytes) -> None:
            while True:
                line = await reader.readline()
                if line[3:4] == b" ":
                    break
            if not line.startswith(expected):
                raise SystemExit(f"load: {line!r} instead of {expected!r}")

        await said(b"220")
        writer.write(b"EHLO bench.example.net\r\n")
        await said(b"250")
        while mails:
            data, begun = mails.popleft(), time.monotonic()
            for command, expected in (
                (b"MAIL FROM:<sender@example.net>", b"250"),
                (f"RCPT TO:<{recipient}>".encode(), b"250"),
                (b"DATA", b"354"),
            ):
                writer.write(command + b"\r\n")
                await said(expected)
            writer.write(data)
            await said(b"250")
            times.append(time.monotonic() - begun)
        writer.write(b"QUIT\r\n")
        await said(b"221")
        writer.close()

    await asyncio.gather(*(client() for _ in range(clients)))
    seconds = time.monotonic() - start
    times.sort()
    print(
        json.dumps(
            {
                "msgs": count,
                "secs": seconds,
                "p50_ms": times[count // 2] * 1e3,
                "p99_ms": times[count * 99 // 100] * 1e3,
            }
        )
    )


def dotted(data: bytes) -> bytes:
    return re.sub(rb"(?m)^\.", b"..", data) + (b"" if data.endswith(b"\r\n") else b"\r\n") + b".\r\n"


async def paced(port: int, rate: float, recipient: str, mails: list[bytes]) -> None:
    """An open loop: the next mail goes when its time has come, over whichever connection is free."""
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    said: dict[str, tuple[float, float]] = {}
    start = time.monotonic() + 0.5

    async def bring(data: bytes, due: float) -> None:
        await asyncio.sleep(due - time.monotonic())
        if free.empty():
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            await _reply(reader)
            writer.write(b"EHLO bench.example.net\r\n")
            await _reply(reader)
        else:
            reader, writer = free.get_nowait()
        for words in (b"MAIL FROM:<sender@example.net>\r\n", f"RCPT TO:<{recipient}>\r\n".encode(), b"DATA\r\n", data):
            writer.write(words)
            answer = await _reply(reader)
        if not answer.startswith(b"250"):
            raise SystemExit(f"paced: {answer!r}")
        said[_named(data, b"message-id")] = due, time.monotonic()
        free.put_nowait((reader, writer))

    await asyncio.gather(*(bring(data, start + place / rate) for place, data in enumerate(mails)))
    print(json.dumps(said))


async def _reply(reader: asyncio.StreamReader) -> bytes:
    while (line := await reader.readline())[3:4] == b"-":
        pass
    return line


def _named(data: bytes, field: bytes) -> str:
    found = re.search(rb"(?im)^" + field + rb":\s*(<[^>]+>)", data)
    return found[1].decode() if found else ""


class Sink(asyncio.Protocol):
    taken = 0
    times: ClassVar[dict[str, float]] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.out, self.data, self.body = transport, bytearray(), False
        self.out.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self.data += data
        while True:
            end = self.data.find(b"\r\n.\r\n" if self.body else b"\r\n")
            if end < 0:
                return
            line = bytes(self.data[:end])
            del self.data[: end + (5 if self.body else 2)]
            if self.body:
                self.body, Sink.taken = False, Sink.taken + 1
                Sink.times[_named(line, b"in-reply-to")] = time.monotonic()
                self.out.write(b"250 2.0.0 taken\r\n")
            elif line[:4].upper() == b"EHLO":
                self.out.write(b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 100000000\r\n")
            elif line[:4].upper() == b"DATA":
                self.body = True
                self.out.write(b"354 go on\r\n")
            elif line[:4].upper() == b"QUIT":
                self.out.write(b"221 bye\r\n")
                self.out.close()
            else:
                self.out.write(b"250 2.0.0 ok\r\n")


class Nothing:
    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:  # noqa: ARG002, N802 - aiosmtpd's names
        return "250 OK"


async def serve(factory: Callable[[], asyncio.Protocol], port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(factory, "127.0.0.1", port)
    await _asked()
    server.close()


async def door(config: Path) -> None:
    # The load, which is timed, is not to wait for our imports.
    from mailgate import telemetry  # noqa: PLC0415 - as said
    from mailgate.app import prepare  # noqa: PLC0415 - as said
    from mailgate.clock import SystemClock  # noqa: PLC0415 - as said
    from mailgate.intake.accept import Acceptor  # noqa: PLC0415 - as said
    from mailgate.intake.smtp import serve_door  # noqa: PLC0415 - as said
    from mailgate.settings import load_settings  # noqa: PLC0415 - as said
    from mailgate.store.db import open_store  # noqa: PLC0415 - as said

    telemetry.set_up(stream=config.with_name("door.log").open("w"))  # not into the pipe by which it is asked
    settings = load_settings(config)
    store = open_store(settings.store.url)
    prepare(store)
    acceptor = Acceptor(store)
    acceptor.start()
    opened = await serve_door(settings.doors["smtp"], settings, acceptor, SystemClock())
    await _asked()
    await opened.stop()
    await asyncio.to_thread(acceptor.close)
    store.close()


async def stock(port: int) -> None:
    from aiosmtpd.smtp import SMTP  # noqa: PLC0415 - as for the door

    await serve(lambda: SMTP(Nothing(), data_size_limit=None), port)


async def _asked() -> None:
    stdin = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdin), sys.stdin)
    while line := await stdin.readline():
        print(json.dumps(Sink.times if line.strip() == b"times" else Sink.taken), flush=True)


def main(what: str, port: int, *rest: str) -> None:
    files = [Path(file) for file in rest[2:]]
    if what == "load":
        asyncio.run(load(port, int(rest[0]), rest[1], deque(dotted(file.read_bytes()) for file in files)))
    elif what == "paced":
        asyncio.run(paced(port, float(rest[0]), rest[1], [dotted(file.read_bytes()) for file in files]))
    elif what == "door":
        asyncio.run(door(Path(rest[0])))
    else:
        asyncio.run(serve(Sink, port) if what == "sink" else stock(port))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
