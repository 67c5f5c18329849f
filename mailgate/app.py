"""The composition root: builds the House of settings and store, for the daemon and for every command."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import structlog

from mailgate import shipped
from mailgate.contacts_file import load_contacts
from mailgate.errors import ConfigError
from mailgate.holder import holder_of
from mailgate.house import House, as_it_came
from mailgate.intake.verify import Authenticator, authenticator
from mailgate.mail.message import Mail, Ours, RawMail
from mailgate.outbox.relay import Relay, open_relay
from mailgate.outbox.render import Renderer
from mailgate.outbox.signing import signing
from mailgate.policy.load import load_policies
from mailgate.settings import Settings, load_settings
from mailgate.store import keep, link_keys
from mailgate.store.db import Store, check_schema, is_empty, upgrade
from mailgate.store.link_keys import LinkKeys
from mailgate.store.opening import open_as_set
from mailgate.store.peers import clock_of

log = structlog.get_logger()


@contextmanager
def open_house(config: Path) -> Iterator[House]:
    """A house for one command beside the daemon: mail is read in this process."""
    from mailgate.reading import read_mail  # noqa: PLC0415 - its libraries take 15 MB: the daemon is spared them

    settings = load_settings(config)
    with ExitStack() as stack:
        with settings.blamed("store", "url"):
            store = open_as_set(settings.store)
            stack.callback(store.close)
            prepare(store)
        yield build_house(settings, store, read_mail, stack.enter_context(authenticator(settings)))


def build_house(
    settings: Settings,
    store: Store,
    read: Callable[[RawMail, Ours], Mail],
    verifier: Authenticator | None = None,
    expect: Callable[[Sequence[RawMail], Ours], None] = lambda *_: None,
) -> House:
    """Everything that the walk is given, from settings and an open store with the right schema. Without a `verifier`
    nobody is asked about a mail's sender: for commands that only rehearse."""
    with settings.blamed("store", "url"):
        clock = clock_of(store)
        with store.write() as connection:
            org = keep.organisation(connection)
            link_keys.ensure(connection, clock.now())
    return House(
        settings=settings,
        policies=load_policies(settings),
        clock=clock,
        store=store,
        renderer=Renderer(shipped.template_folders(settings.path.parent)),
        reading=read,
        expecting=expect,
        holder=holder_of(settings.node.name),
        org=org,
        link_keys=LinkKeys(store),
        authenticate=verifier.begin if verifier else as_it_came,
        directory=load_contacts(settings),
    )


def prepare(store: Store) -> None:
    """A new database is set up (there is nothing to migrate); any other must have this version's schema."""
    if is_empty(store):
        upgrade(store)
    check_schema(store)


def relay_of(settings: Settings) -> Relay:
    """The relay of the settings, signing where it is to; nothing is connected yet. SettingsError where it cannot be."""
    try:
        relay = open_relay(settings.relay)
    except ConfigError as error:
        raise settings.fault(error.why, "relay", "ca_file") from error
    except ValueError as error:
        raise settings.fault(str(error), "relay", "url") from error
    return signing(settings, relay)
