"""A mail server that does as it is told: answers by script, remembers what it was sent, counts its connections."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field

CUT = "cut"  # as an answer: close the connection instead
SILENT = "silent"  # as an answer: none, ever

AGREED = {"connect": "220 sink", "DATA": "354 go on", "QUIT": "221 bye", "AUTH": "235 welcome", "STARTTLS": "220 go"}


@dataclass
class Sink:
    """`script` maps a step ("connect", a verb, "." for the end of DATA, or "RCPT TO:<ann@…>") to the answers it gives
    in turn; the last one stands for ever, and what has no script is agreed to."""

    script: Mapping[str, list[str]] = field(default_factory=dict)
    extensions: tuple[str, ...] = ("SIZE 10000000",)
    tls: ssl.SSLContext | None = None
    port: int = 0  # 0: any that is free
    holding: bool = False  # as long as it is set, no DATA is answered
    connections: int = 0
    open: int = 0
    most_open: int = 0
    commands: list[str] = field(default_factory=list)
    taken: list[tuple[str, str, bytes]] = field(default_factory=list)  # sender, recipient, message
    sessions: dict[asyncio.Task[None], asyncio.StreamWriter] = field(default_factory=dict)

    def answer(self, *steps: str) -> str:
        for step in steps:
            answers = self.script.get(step)
            if answers:
                return answers.pop(0) if len(answers) > 1 else answers[0]
        return AGREED.get(steps[-1], "250 fine")

    def hang_up(self) -> None:
        """Close every connection, as a server does with those that idle."""
        for writer in self.sessions.values():
            writer.close()

    async def session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        task = asyncio.current_task()
        assert task is not None
        self.sessions[task] = writer
        try:
            # Cancelled only by `serving`, at its end: nobody waits to hear of it.
            with suppress(asyncio.CancelledError, ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
                await self._talk(reader, writer)
        finally:
            self.open -= 1
            writer.close()
            del self.sessions[task]

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(text: str) -> bool:
            if text == SILENT:
                await asyncio.sleep(3600)
            if text == CUT:
                return False
            writer.write(text.encode() + b"\r\n")
            await writer.drain()
            return True

        sender = recipient = ""
        if not await say(self.answer("connect")):
            return
        while line := (await reader.readline()).decode().rstrip("\r\n"):
            self.commands.append(line)
            verb = line.split(" ")[0].upper()
            answer = self.answer(line.split(" SIZE")[0], verb)
            if verb == "EHLO" and answer == "250 fine":
                offered = ["sink", *self.extensions, *(["STARTTLS"] if self.tls else [])]
                answer = "\r\n".join(
                    f"250{'-' if place < len(offered) - 1 else ' '}{word}" for place, word in enumerate(offered)
                )
            if not await say(answer):
                return
            if verb == "STARTTLS" and answer.startswith("2") and self.tls:
                await writer.start_tls(self.tls)
            if verb == "MAIL":
                sender = line.partition("<")[2].partition(">")[0]
            if verb == "RCPT":
                recipient = line.partition("<")[2].partition(">")[0]
            if verb == "DATA" and answer.startswith("354"):
                message = await reader.readuntil(b"\r\n.\r\n")
                while self.holding:  # noqa: ASYNC110 - let go from another thread
                    await asyncio.sleep(0.02)
                answer = self.answer(".")
                if answer.startswith("250"):
                    self.taken.append((sender, recipient, message[:-3].replace(b"\r\n..", b"\r\n.")))
                if not await say(answer):
                    return


@contextmanager
def standing(sink: Sink) -> Iterator[Sink]:
    """The sink in a thread of its own, for tests that have no loop."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="sink")
    thread.start()
    room = serving(sink)
    try:
        asyncio.run_coroutine_threadsafe(room.__aenter__(), loop).result(60)
        try:
            yield sink
        finally:
            asyncio.run_coroutine_threadsafe(room.__aexit__(None, None, None), loop).result(60)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@asynccontextmanager
async def serving(sink: Sink, implicit_tls: ssl.SSLContext | None = None) -> AsyncIterator[Sink]:
    """The sink on loopback."""
    server = await asyncio.start_server(sink.session, "127.0.0.1", sink.port, ssl=implicit_tls)
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        server.close()
        for task in sink.sessions:
            task.cancel()
        await asyncio.gather(*sink.sessions, return_exceptions=True)
