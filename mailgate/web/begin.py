"""Opens the pages for a daemon: what they look at, what they show, where they listen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import structlog

from mailgate.house import House
from mailgate.intake.opened import Opened
from mailgate.web.metrics import prepare
from mailgate.web.pages import pages
from mailgate.web.serving import Web, serve_web
from mailgate.web.watched import Watched

log = structlog.get_logger()


async def begin(
    house: House,
    doors: Mapping[str, Opened],
    silent: Callable[[float], list[str]],
    differing: Callable[[], Sequence[str]],
) -> Web:
    """Listening from now on. SettingsError where that cannot be."""
    prepare(doors, (one.level for policy in house.policies.values() for one in policy.priorities))
    watched = Watched(house.settings, house.store, house.clock, doors, silent, house.clock.now(), differing)
    web = await serve_web(house.settings, pages(watched))
    log.info("web open", listen=house.settings.web.listen, port=web.port)
    return web
