"""Opens the pages for a daemon: what they look at, what they show, where they listen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import structlog

from mailgate import shipped
from mailgate.house import House
from mailgate.intake.opened import Opened
from mailgate.reader import Reader
from mailgate.web.assets import Assets
from mailgate.web.in_turn import ShowMail, in_turn
from mailgate.web.metrics import prepare
from mailgate.web.pages import pages
from mailgate.web.serving import Web, serve_web
from mailgate.web.shown import Shown
from mailgate.web.site import Site, made_csrf
from mailgate.web.watched import Watched

# A mail that is shown waits for no other than those that are shown: the walk has a reader of its own.
READING_SECONDS = 5.0

log = structlog.get_logger()


async def begin(
    house: Callable[[], House],
    doors: Mapping[str, Opened],
    silent: Callable[[float], list[str]],
    wake: Callable[[], None],
    differing: Callable[[], Sequence[str]],
) -> Web:
    """Listening from now on. SettingsError where that cannot be. `wake` tells the worker that a mail came in."""
    now = house()
    prepare(doors, (one.level for policy in now.policies.values() for one in policy.priorities))
    watched = Watched(now.settings, now.store, now.clock, doors, silent, now.clock.now(), differing)
    reader = Reader(READING_SECONDS)
    web = await serve_web(now.settings, pages(watched, site(house, in_turn(reader.show), wake)), on_stop=reader.close)
    log.info("web open", listen=now.settings.web.listen, port=web.port)
    return web


def site(house: Callable[[], House], show_mail: ShowMail, wake: Callable[[], None] = lambda: None) -> Site:
    """What the pages are given; templates and assets are read now."""
    folders = shipped.template_folders(house().settings.path.parent)
    assets = Assets(folders)
    return Site(house, Shown(folders, assets, made_csrf(house)), assets, show_mail, wake)
