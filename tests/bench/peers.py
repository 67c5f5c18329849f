"""The processes beside mailgate in a bench: a load of SMTP clients, a relay that swallows, and the stock reader.

python peers.py load PORT CLIENTS RECIPIENT FILE...   prints {"messages": N, "seconds": S, "p50_ms": …, "p99_ms": …}
python peers.py sink PORT                              takes every letter; prints the count when its stdin closes
python peers.py stock PORT                             aiosmtpd's own reader with a handler that does nothing
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections import deque
from pathlib import Path

from aiosmtpd.smtp import SMTP


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
                "messages": count,
                "seconds": seconds,
                "p50_ms": times[count // 2] * 1e3,
                "p99_ms": times[count * 99 // 100] * 1e3,
            }
        )
    )


def dotted(data: bytes) -> bytes:
    return re.sub(rb"(?m)^\.", b"..", data) + (b"" if data.endswith(b"\r\n") else b"\r\n") + b".\r\n"


class Sink(asyncio.Protocol):
    taken = 0

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


async def serve(factory: type[asyncio.Protocol], port: int) -> None:
    loop = asyncio.get_running_loop()
    made = SMTP if factory is SMTP else factory
    server = await loop.create_server(
        lambda: SMTP(Nothing(), data_size_limit=None) if made is SMTP else made(), "127.0.0.1", port
    )
    stdin = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdin), sys.stdin)
    while line := await stdin.readline():  # "count" asks; the end of the pipe ends us
        if line.strip() == b"count":
            print(Sink.taken, flush=True)
    server.close()


if __name__ == "__main__":
    what, port, *rest = sys.argv[1:]
    if what == "load":
        asyncio.run(load(int(port), int(rest[0]), rest[1], deque(dotted(Path(file).read_bytes()) for file in rest[2:])))
    else:
        asyncio.run(serve(Sink if what == "sink" else SMTP, int(port)))
