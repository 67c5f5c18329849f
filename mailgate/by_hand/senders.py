"""Senders whom somebody lets in no more, or again; and addresses that are written to again."""

from __future__ import annotations

import re
from datetime import datetime

import structlog

from mailgate.errors import MailgateError
from mailgate.settings import Settings
from mailgate.store import blocks, reach
from mailgate.store.db import Store
from mailgate.store.rehearsal import Rehearsal

log = structlog.get_logger()


def pattern_of(sender: str) -> str | None:
    """An address, a domain or `*.` a domain as the block list has it; `@example.com` is `example.com`. None: it is
    none of these."""
    pattern = sender.strip().strip("<>").casefold().removeprefix("@")
    return pattern if re.fullmatch(r"(?:[^\s@*<>,;]+@|\*\.)?[\w-]+(?:\.[\w-]+)+", pattern) else None


def block(settings: Settings, store: Store, pattern: str, by: str, now: datetime) -> str:
    """Its mail is held from now on. Gives what was done, for people."""
    if pattern in settings.own_addresses:
        raise MailgateError(f"{pattern} is a mailbox of ours; our own letters are known without a rule")
    with store.write() as connection:
        new = blocks.add(connection, pattern, by, now)
    return f"blocked: {pattern}" if new else f"{pattern} was blocked already"


def unblock(store: Store, pattern: str, by: str, *, dry_run: bool) -> str:
    """Its mail comes in again; what was held meanwhile stays held. Who wanted it stands in the log alone: the rule is
    gone."""
    with (Rehearsal(store) if dry_run else store).write() as connection:
        blocks.remove(connection, pattern)
    if not dry_run:
        log.info("unblocked by hand", sender=pattern, by=by)
    return f"would no longer be blocked: {pattern}" if dry_run else f"no longer blocked: {pattern}"


def revive(store: Store, address: str, by: str, *, dry_run: bool) -> str:
    """Letters go to that dead address again. Who wanted it stands in the log alone: the mark is gone."""
    with (Rehearsal(store) if dry_run else store).write() as connection:
        reach.revive(connection, address)
    if not dry_run:
        log.info("written to again by hand", to=address, by=by)
    return f"{'would be written' if dry_run else 'written'} to again: {address}"
