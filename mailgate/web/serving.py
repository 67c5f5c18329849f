"""Listens for HTTP in the daemon's own loop: uvicorn, kept from signals, slow clients, and too many of them."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn import Config, Server
from uvicorn.protocols.http.h11_impl import H11Protocol

from mailgate.intake.listen import listening_socket, remove_socket_file, why_not
from mailgate.settings import Settings

CONNECTIONS = 256
# From its beginning, whatever is done with it: whoever reads or asks an octet a second is gone by then.
CONNECTION_SECONDS = 30.0
UPLOAD_SECONDS = 300.0  # for whoever sends files, and may
IDLE_SECONDS = 5
HEADER_OCTETS = 16 * 1024
_STOP_SECONDS = 2


class _Bounded(H11Protocol):
    """One connection, of so many, for so long."""

    def __init__(self, *, lasts: float, **more: Any) -> None:
        super().__init__(**more)
        self._lasts = lasts
        self._ending: asyncio.TimerHandle | None = None
        asked = self.app

        async def with_more_time(scope: Scope, receive: Receive, send: Send) -> None:
            scope["mailgate.longer"] = self._longer
            await asked(scope, receive, send)

        self.app = with_more_time

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS:
            transport.abort()
            return
        self._ending = self.loop.call_later(self._lasts, transport.abort)

    def _longer(self) -> None:
        """Whoever is on the other end is known: he may take his time."""
        if self._ending is not None and not self.transport.is_closing():
            self._ending.cancel()
            self._ending = self.loop.call_later(UPLOAD_SECONDS, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._ending is not None:
            self._ending.cancel()
        super().connection_lost(exc)


class _InOurLoop(Server):
    """Signals are the daemon's: SIGTERM is for the doors first."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Web:
    """What listens, until it is stopped."""

    def __init__(self, server: _InOurLoop, listener: socket.socket, listen: str, on_stop: Callable[[], None]) -> None:
        self._server, self._listen, self._on_stop = server, listen, on_stop
        self.port = listener.getsockname()[1] if listener.family != socket.AF_UNIX else None
        self._task = asyncio.create_task(server.serve(sockets=[listener]))

    async def stop(self) -> None:
        """Accept nobody more, let answers that are under way end, for two seconds at most."""
        self._server.should_exit = True
        await asyncio.gather(self._task, return_exceptions=True)
        remove_socket_file(self._listen)
        self._on_stop()


async def serve_web(
    settings: Settings,
    app: ASGIApp,
    *,
    lasts: float = CONNECTION_SECONDS,
    on_stop: Callable[[], None] = lambda: None,
) -> Web:
    """Listening already; a connection lasts so many seconds at most. SettingsError where that cannot be."""
    listen = settings.web.listen
    try:
        listener = listening_socket(listen)
        listener.listen(CONNECTIONS)
    except (OSError, ValueError) as error:
        raise settings.fault(f"{listen} {why_not(listen, error)}", "web", "listen") from error
    listener.setblocking(False)
    told: dict[str, Any] = {"lifespan": "off", "ws": "none", "log_config": None, "access_log": False}
    told["http"] = partial(_Bounded, lasts=lasts)
    # What strangers send is no news; what breaks here is.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    config = Config(
        app,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=_STOP_SECONDS,
        h11_max_incomplete_event_size=HEADER_OCTETS,
        **told,
    )
    return Web(_InOurLoop(config), listener, listen, on_stop)
