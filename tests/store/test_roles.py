"""Roles and the ledger of fetched messages, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kept import arrival
from mailgate.store import claims, keep, ledger
from mailgate.store.db import Store
from moments import NOON

ME, OTHER, LEASE = "node/1/boot", "node/2/boot", timedelta(seconds=20)


def test_a_role_is_one_holders_until_its_lease_ends(store: Store) -> None:
    with store.write() as connection:
        assert claims.hold_role(connection, "imap x", ME, NOON, LEASE)
        assert not claims.hold_role(connection, "imap x", OTHER, NOON, LEASE)
        assert claims.hold_role(connection, "imap y", OTHER, NOON, LEASE)
        assert claims.hold_role(connection, "imap x", ME, NOON + LEASE / 2, LEASE), "renewed"
        assert not claims.hold_role(connection, "imap x", OTHER, NOON + LEASE, LEASE)
        assert claims.hold_role(connection, "imap x", OTHER, NOON + LEASE * 1.5, LEASE)
        assert not claims.hold_role(connection, "imap x", ME, NOON + LEASE * 1.5, LEASE)


def test_a_role_that_is_left_is_free_at_once_and_only_its_holder_leaves_it(store: Store) -> None:
    with store.write() as connection:
        claims.hold_role(connection, "imap x", ME, NOON, LEASE)
        claims.leave_role(connection, "imap x", OTHER)
        assert not claims.hold_role(connection, "imap x", OTHER, NOON, LEASE)
        claims.leave_role(connection, "imap x", ME)
        assert claims.hold_role(connection, "imap x", OTHER, NOON, LEASE)


def test_roles_of_the_dead_are_void_at_a_restart(store: Store) -> None:
    with store.write() as connection:
        claims.hold_role(connection, "imap x", ME, NOON, LEASE)
        claims.hold_role(connection, "imap y", OTHER, NOON, LEASE)
        assert claims.void_dead_leases(connection, "node", lambda holder: holder == OTHER) == 1
        assert claims.hold_role(connection, "imap x", "node/3/boot", NOON, LEASE)
        assert not claims.hold_role(connection, "imap y", "node/3/boot", NOON, LEASE)


def test_a_lease_is_never_longer_than_a_takeover_may_take(store: Store) -> None:
    with store.write() as connection, pytest.raises(ValueError, match="at most 30 s"):
        claims.hold_role(connection, "imap x", ME, NOON, timedelta(seconds=31))


def test_trouble_outlives_the_holder(store: Store) -> None:
    with store.write() as connection:
        claims.hold_role(connection, "imap x", ME, NOON, LEASE)
        assert claims.trouble_of(connection, "imap x") is None
        claims.set_trouble(connection, "imap x", NOON)
        claims.hold_role(connection, "imap x", OTHER, NOON + 2 * LEASE, LEASE)
        assert claims.trouble_of(connection, "imap x") == NOON


def test_the_ledger_keeps_folders_and_their_generations_apart(store: Store) -> None:
    inbox, renumbered = ledger.Folder("ann@x:993", "INBOX", 7), ledger.Folder("ann@x:993", "INBOX", 4_294_967_295)
    with store.write() as connection:
        (receipt,) = keep.receive(connection, [arrival("a")])
        ledger.record(
            connection, inbox, {1: receipt.inbound_id, 4_294_967_295: receipt.inbound_id}, NOON, settled=False
        )
        ledger.record(connection, renumbered, {2: receipt.inbound_id}, NOON, settled=True)
        ledger.record(connection, inbox, {1: receipt.inbound_id}, NOON, settled=True)
        assert ledger.known(connection, inbox) == {1, 4_294_967_295}
        assert ledger.unsettled(connection, inbox) == {1, 4_294_967_295}, "what is written down stays as it is"
        ledger.settle(connection, inbox, [1])
        assert ledger.unsettled(connection, inbox) == {4_294_967_295}
        assert (ledger.known(connection, renumbered), ledger.unsettled(connection, renumbered)) == ({2}, set())
