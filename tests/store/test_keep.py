"""Receiving, minting and keeping, on both databases."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, delete, select
from sqlalchemy.exc import IntegrityError

from kept import ANN, arrival, letter, new_case, open_case, opening
from mailgate.cases.case import Decision, Entry, EntryKind, Outcome, Status
from mailgate.errors import Conflict, NotFound, StoreError
from mailgate.mail.message import Address
from mailgate.store import claims, facts, keep, raw
from mailgate.store.db import Store
from mailgate.store.keep import Kept
from mailgate.store.lease import AT_ONCE, MAX_LEASE
from mailgate.store.tables import inbound, raw_mail, raw_piece
from moments import NOON

WEEK, SECOND = timedelta(days=7), timedelta(seconds=1)


def test_raw_bytes_are_kept_exactly_and_once(store: Store) -> None:
    data = bytes(range(256)) * 3
    with store.write() as connection:
        (name,) = raw.put_all(connection, [data])
        assert raw.put_all(connection, [data]) == [name]
    with store.read() as connection:
        assert raw.get(connection, name) == data


def test_big_contents_are_kept_as_exactly_and_among_small_ones(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw, "PIECE", 300)
    contents = [secrets.token_bytes(size) for size in (10, 301, 0, 5000, 300, 600)]
    with store.write() as connection:
        names = raw.put_all(connection, [*contents, contents[3]])[:6]
        assert raw.put_all(connection, contents[1:2]) == names[1:2]
    for later in (None, store.read):
        with store.read() as connection:
            found = raw.find_all(connection, names, later)
            assert [found[name][:] for name in names] == contents
            assert [len(found[name]) for name in names] == [len(content) for content in contents]
            big, there = contents[3], found[names[3]]
            for start, stop in ((0, 300), (299, 301), (300, 600), (4999, 5000), (1234, 4321), (5000, 9000), (7, 7)):
                assert there[start:stop] == big[start:stop]
    assert [len(content) > raw.PIECE for content in contents] == [not isinstance(found[name], bytes) for name in names]


def test_a_big_content_of_which_a_piece_is_gone_is_gone(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw, "PIECE", 300)
    with store.write() as connection:
        (name,) = raw.put_all(connection, [b"x" * 1000])
        there = raw.find_all(connection, [name])[name]
        connection.execute(delete(raw_piece).where(raw_piece.c.place == 2))
        assert raw.find_all(connection, [name]) == {}
        with pytest.raises(StoreError, match=name):
            there[:]


def test_a_big_content_is_gone_with_its_transaction(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw, "PIECE", 300)
    lost: list[str] = []

    def cut_off() -> None:
        with store.write() as connection:
            lost.extend(raw.put_all(connection, [b"x" * 2000]))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        cut_off()
    with store.read() as connection, pytest.raises(StoreError, match=lost[0]):
        raw.get(connection, lost[0])


def test_bytes_that_are_gone_are_named(store: Store) -> None:
    with store.read() as connection, pytest.raises(StoreError, match="0f00"):
        raw.get(connection, "0f00")


def test_receipts_come_in_the_order_of_the_arrivals_and_ids_rise(store: Store) -> None:
    with store.write() as connection:
        receipts = keep.receive(connection, [arrival(str(number)) for number in range(25)])
    assert [receipt.inbound_id for receipt in receipts] == list(range(1, 26))
    assert not any(receipt.duplicate for receipt in receipts)


def test_a_mail_that_came_before_is_counted_and_not_kept_again(store: Store) -> None:
    with store.write() as connection:
        (first,) = keep.receive(connection, [arrival("a")])
    with store.write() as connection:
        again, new, twice = keep.receive(connection, [arrival("a"), arrival("b"), arrival("b")])
        row = facts.show_inbox(connection, first.inbound_id)
        sums = facts.inbox_sums(connection)
    assert (again.inbound_id, again.duplicate) == (first.inbound_id, True)
    assert (new.duplicate, twice.duplicate) == (False, True)
    assert new.inbound_id == twice.inbound_id
    assert row["seen"] == 2
    assert sums == {"waiting": 2, "filed": 0, "held": 0, "shelved": 0, "dropped": 0}


def test_the_bytes_of_a_second_copy_are_not_kept(store: Store) -> None:
    """Each copy has another Received field in front."""

    def copy(way: bytes) -> keep.Arrival:
        one = arrival("a")
        return replace(one, raw=replace(one.raw, data=way + one.raw.data[:]))

    for copies in ([copy(b"Received: 1\r\n"), copy(b"Received: 2\r\n")], [copy(b"Received: 3\r\n")]):
        with store.write() as connection:
            keep.receive(connection, copies)
    with store.read() as connection:
        kept = connection.execute(select(raw_mail.c.data)).scalars().all()
    assert [bytes(data)[:11] for data in kept] == [b"Received: 1"]


def receive_at(connection: Connection, at: datetime, *names: str, message_id: str | None = None) -> list[keep.Receipt]:
    return keep.receive(connection, [arrival(name, message_id=message_id, at=at) for name in names])


class TestWithoutMessageId:
    """A web form, a scanner: the same words again are the same mail for a week only."""

    def test_the_same_content_is_one_mail_for_seven_days_and_another_after(self, store: Store) -> None:
        with store.write() as connection:
            (first,) = receive_at(connection, NOON, "form")
            assert receive_at(connection, NOON + WEEK, "form") == [keep.Receipt(first.inbound_id, duplicate=True)]
            (second,) = receive_at(connection, NOON + WEEK + SECOND, "form")
            assert not second.duplicate
            (again,) = receive_at(connection, NOON + WEEK + 2 * SECOND, "form")
            assert again == keep.Receipt(second.inbound_id, duplicate=True)
            (third,) = receive_at(connection, NOON + 3 * WEEK, "form")
            assert not third.duplicate
            ids = [receipt.inbound_id for receipt in (first, second, third)]
            rows = [facts.show_inbox(connection, number) for number in ids]
        assert [row["id"] for row in rows] == sorted(set(ids))
        assert [row["seen"] for row in rows] == [2, 2, 1]
        assert len({row["sha256"] for row in rows}) == 1

    def test_with_a_message_id_the_same_content_is_one_mail_for_ever(self, store: Store) -> None:
        with store.write() as connection:
            receive_at(connection, NOON, "mail", message_id="<1@x.test>")
            (again,) = receive_at(connection, NOON + 50 * WEEK, "mail", message_id="<1@x.test>")
        assert again == keep.Receipt(1, duplicate=True)

    def test_the_bytes_that_came_are_kept_with_the_mail_that_they_made(self, store: Store) -> None:
        """They differ in what their way added to them."""
        with store.write() as connection:
            receive_at(connection, NOON, "form")
            again = arrival("form", data=b"Received: 2\r\n", at=NOON + 2 * WEEK)
            (receipt,) = keep.receive(connection, [again])
            assert raw.get(connection, facts.show_inbox(connection, receipt.inbound_id)["sha256"]) == again.raw.data

    def test_among_others_and_twice_at_once(self, store: Store) -> None:
        with store.write() as connection:
            receive_at(connection, NOON, "a", "b", "c")
            b, new, b_again, a = receive_at(connection, NOON + 2 * WEEK, "b", "new", "b", "a")
            assert not any(receipt.duplicate for receipt in (b, new, a))
            assert b_again == keep.Receipt(b.inbound_id, duplicate=True)
            assert {1, 2, 3}.isdisjoint(receipt.inbound_id for receipt in (b, new, a))
            assert facts.inbox_sums(connection)["waiting"] == 6


def test_nothing_received_is_nothing_written(store: Store) -> None:
    with store.write() as connection:
        assert keep.receive(connection, []) == []


def test_case_numbers_count_up_within_their_month(store: Store) -> None:
    with store.write() as connection:
        november = [keep.mint(connection, NOON, "example.com", new_case=True) for _ in range(3)]
        none = keep.mint(connection, NOON, "example.com", new_case=False)
        december = keep.mint(connection, NOON + timedelta(days=20), "example.com", new_case=True)
    assert [names.number for names in november] == ["2611000001", "2611000002", "2611000003"]
    assert (none.number, none.key) == ("", "")
    assert december.number == "2612000001"
    assert len({names.key for names in november}) == 3
    assert all(names.key.startswith("500") and len(names.key) == 16 for names in november)
    assert len({names.seed for names in november}) == 3


def test_the_organisation_is_minted_once_for_ever(store: Store) -> None:
    with store.write() as connection:
        first = keep.organisation(connection)
    with store.write() as connection:
        assert keep.organisation(connection) == first
        assert keep.mint(connection, NOON, "example.com", new_case=False).org == first
    assert first.startswith("00D")
    assert len(first) == 9


def test_a_kept_case_is_read_back_as_it_was(store: Store) -> None:
    with store.write() as connection:
        case, _, _ = open_case(connection)
    with store.read() as connection:
        assert facts.case_of(connection, case.number) == case
        assert facts.case_of(connection, "2611999999") is None


def test_a_case_changes_when_it_is_still_as_it_was_read(store: Store) -> None:
    later = NOON + timedelta(hours=1)
    with store.write() as connection:
        case, _, _ = open_case(connection)
        changed = replace(
            case,
            status=Status.WAITING,
            participants=(*case.participants, "aaron@customer.test"),
            updated_at=later,
            next_due_at=later,
        )
        decision = Decision(
            Outcome.FILED, "acted", changed, entries=(Entry(later, EntryKind.STATUS, "operator", "new → waiting"),)
        )
        keep.keep(connection, None, decision, [], None, later)
    with store.read() as connection:
        assert facts.case_of(connection, case.number) == replace(changed, version=1)
        history = facts.show_case(connection, case.number)["history"]
    assert [line["kind"] for line in history] == ["mail", "status"]


def test_a_case_that_somebody_else_changed_is_a_conflict_and_nothing_is_kept(store: Store) -> None:
    with store.write() as connection:
        case, _, _ = open_case(connection)
        keep.keep(connection, None, Decision(Outcome.FILED, "first", case), [], None, NOON)
    late = Decision(Outcome.FILED, "second", case, entries=(Entry(NOON, EntryKind.NOTE, "mailgate", "late"),))
    with pytest.raises(Conflict, match=case.number), store.write() as connection:
        keep.keep(connection, None, late, [], None, NOON)
    with store.read() as connection:
        assert len(facts.show_case(connection, case.number)["history"]) == 1


def test_a_mail_is_decided_once(store: Store) -> None:
    with store.write() as connection:
        _, _, inbound_id = open_case(connection)
    with pytest.raises(Conflict, match="inbound 1"), store.write() as connection:
        keep.keep(connection, inbound_id, Decision(Outcome.HELD, "again"), [], None, NOON)


def test_a_held_mail_says_why_and_belongs_to_no_case(store: Store) -> None:
    with store.write() as connection:
        (receipt,) = keep.receive(connection, [arrival("a", message_id="<a@x.test>")])
        keep.keep(connection, receipt.inbound_id, Decision(Outcome.HELD, "stranger"), [], {"n": 1}, NOON, subject="Hi")
        row = facts.show_inbox(connection, receipt.inbound_id)
    assert (row["state"], row["reason"], row["case"], row["trace"]) == ("held", "stranger", None, {"n": 1})
    assert (row["subject"], row["done_at"]) == ("Hi", NOON.isoformat())


def test_a_letter_with_a_key_that_is_taken_is_not_queued_again(store: Store) -> None:
    with store.write() as connection:
        case, written, _ = open_case(connection)
        again = replace(written, letter=replace(written.letter, token="other", message_id="<other@example.com>"))
        keep.keep(connection, None, Decision(Outcome.FILED, "again", case), [again], None, NOON)
        (row,) = facts.list_outbox(connection)
    assert row["message_id"] == written.letter.message_id


def test_a_message_id_that_is_taken_under_another_key_is_an_error_and_no_lost_letter(store: Store) -> None:
    with store.write() as connection:
        case, written, _ = open_case(connection)
    again = replace(written, letter=replace(written.letter, key="another", token="other"))
    with pytest.raises(IntegrityError), store.write() as connection:
        keep.keep(connection, None, Decision(Outcome.FILED, "again", case), [again], None, NOON)


def test_a_mail_of_a_database_s_nightmares_is_kept_and_found(store: Store) -> None:
    evil = "nul \0, half a pair \ud83d, whole 😀, 日本"
    clean = "nul \ufffd, half a pair \ufffd, whole 😀, 日本"
    endless = f"<{secrets.token_hex(4500)}@customer.test>"  # does not compress into an index row
    with store.write() as connection:
        names = keep.mint(connection, NOON, "example.com", new_case=True)
        case = replace(new_case(names, subject=evil), contact=Address(evil, "a\0b@x.test"))
        (receipt,) = keep.receive(connection, [arrival("a", message_id=endless)])
        trace = {evil: [evil, {"deep": evil}]}
        keep.keep(connection, receipt.inbound_id, opening(case, text=evil, thread_ids=[endless]), [], trace, NOON)
    with store.read() as connection:
        shown = facts.show_case(connection, case.number)
        row = facts.show_inbox(connection, receipt.inbound_id)
        assert facts.still_waiting(connection, [endless]) == {}
    assert shown["subject"] == clean
    assert shown["history"][0]["text"] == clean
    assert row["trace"] == {clean: [clean, {"deep": clean}]}


def test_many_decisions_are_kept_at_once(store: Store) -> None:
    with store.write() as connection:
        receipts = keep.receive(connection, [arrival(str(number)) for number in range(20)])
        all_kept = []
        for receipt in receipts:
            names = keep.mint(connection, NOON, "example.com", new_case=True)
            case = new_case(names)
            all_kept.append(Kept(opening(case), [letter(case, names)], receipt.inbound_id, {}, ANN.key, case.subject))
        keep.keep_many(connection, all_kept, NOON)
    with store.read() as connection:
        assert facts.inbox_sums(connection)["filed"] == 20
        assert {case["entries"] for case in facts.list_cases(connection)} == {1}
        assert len(facts.list_outbox(connection, state="queued")) == 20


class TestAfterwards:
    """What becomes of a mail or a letter later."""

    def test_a_mail_is_tried_again_and_only_its_own_failures_count(self, store: Store) -> None:
        later = NOON + timedelta(minutes=1)
        with store.write() as connection:
            (receipt,) = keep.receive(connection, [arrival("a")])
            keep.retry_inbound(connection, receipt.inbound_id, "relay down", later, count=False)
            keep.retry_inbound(connection, receipt.inbound_id, "KeyError", later)
            row = facts.show_inbox(connection, receipt.inbound_id)
        assert (row["state"], row["attempts"], row["traceback"], row["due_at"]) == (
            "waiting",
            1,
            "KeyError",
            later.isoformat(),
        )

    def test_a_shelved_mail_comes_back_with_its_attempts_forgotten(self, store: Store) -> None:
        with store.write() as connection:
            (receipt,) = keep.receive(connection, [arrival("a")])
            keep.shelve(connection, receipt.inbound_id, "Traceback …", NOON)
            shelved = facts.show_inbox(connection, receipt.inbound_id)
            keep.reopen_inbound(connection, receipt.inbound_id, NOON, released_by="ann@engineers.test")
            back = facts.show_inbox(connection, receipt.inbound_id)
        assert (shelved["state"], shelved["traceback"], shelved["attempts"]) == ("shelved", "Traceback …", 1)
        assert (back["state"], back["traceback"], back["attempts"]) == ("waiting", None, 0)
        assert back["released_by"] == "ann@engineers.test"

    def test_a_dropped_mail_stays_in_the_books_with_the_one_who_dropped_it(self, store: Store) -> None:
        with store.write() as connection:
            (receipt,) = keep.receive(connection, [arrival("a")])
            keep.drop_inbound(connection, receipt.inbound_id, "ann@engineers.test", NOON)
            row = facts.show_inbox(connection, receipt.inbound_id)
            sums = facts.inbox_sums(connection)
        assert (row["state"], row["dropped_by"]) == ("dropped", "ann@engineers.test")
        assert sums["dropped"] == 1

    def test_a_filed_mail_is_neither_dropped_nor_brought_back(self, store: Store) -> None:
        with store.write() as connection:
            _, _, inbound_id = open_case(connection)
            with pytest.raises(StoreError, match="is filed"):
                keep.reopen_inbound(connection, inbound_id, NOON)
            with pytest.raises(StoreError, match="is filed"):
                keep.drop_inbound(connection, inbound_id, "ann", NOON)
            with pytest.raises(NotFound, match="77"):
                keep.drop_inbound(connection, 77, "ann", NOON)

    def test_a_letter_is_tried_again_given_up_queued_anew_and_sent(self, store: Store) -> None:
        later = NOON + timedelta(minutes=1)
        with store.write() as connection:
            open_case(connection)
            keep.retry_outbox(connection, 1, "451 busy", later)
            retried = facts.show_outbox(connection, 1)
            keep.mark_failed(connection, 1, "550 no such user", later)
            failed = facts.show_outbox(connection, 1)
            keep.requeue_outbox(connection, 1, later)
            queued = facts.show_outbox(connection, 1)
            keep.mark_sent(connection, [1], later)
            sent = facts.show_outbox(connection, 1)
            with pytest.raises(StoreError, match="is sent"):
                keep.requeue_outbox(connection, 1, later)
        assert (retried["state"], retried["attempts"], retried["due_at"]) == ("queued", 1, later.isoformat())
        assert (failed["state"], failed["attempts"], failed["error"]) == ("failed", 2, "550 no such user")
        assert (queued["state"], queued["attempts"], queued["done_at"]) == ("queued", 0, None)
        assert (sent["state"], sent["attempts"], sent["done_at"]) == ("sent", 1, later.isoformat())

    def test_what_somebody_works_on_is_not_taken_from_him(self, store: Store) -> None:
        with store.write() as connection:
            (receipt,) = keep.receive(connection, [arrival("a")])
            claims.claim_inbound(connection, "node/1/boot", 20, NOON, MAX_LEASE)
            with pytest.raises(StoreError, match="inbound 1 is being processed at this moment"):
                keep.reopen_inbound(connection, receipt.inbound_id, NOON)
            keep.reopen_inbound(connection, receipt.inbound_id, NOON + MAX_LEASE)
            _, _, inbound_id = open_case(connection)
            claims.claim_outbox(connection, "node/1/boot", 20, NOON, MAX_LEASE)
            with pytest.raises(StoreError, match="outbox 1 is being sent at this moment"):
                keep.requeue_outbox(connection, 1, NOON)
            keep.requeue_outbox(connection, 1, NOON + MAX_LEASE)
            with pytest.raises(StoreError, match="is filed"):
                keep.reopen_inbound(connection, inbound_id, NOON)

    def test_all_letters_that_had_trouble_are_queued_anew(self, store: Store) -> None:
        with store.write() as connection:
            for name in "abcde":
                open_case(connection, name)
            keep.mark_failed(connection, 1, "550 no", NOON)
            keep.mark_sent(connection, [2], NOON)
            keep.retry_outbox(connection, 3, "451 busy", NOON)
            under_way = claims.claim_outbox(connection, "node/1/boot", 20, NOON, MAX_LEASE)
            assert sorted(one.id for one in under_way) == [3, 4, 5]
            keep.retry_outbox(connection, 4, "451 busy", NOON + timedelta(hours=1))
            assert keep.requeue_troubled(connection, NOON) == [1, 4]
            assert keep.requeue_troubled(connection, NOON) == []

    def test_what_comes_late_changes_nothing(self, store: Store) -> None:
        """A worker that lost its lease must not undo what was decided without it."""
        with store.write() as connection:
            _, _, inbound_id = open_case(connection)
            keep.mark_sent(connection, [1], NOON)
            keep.shelve(connection, inbound_id, "late", NOON)
            keep.postpone(connection, [inbound_id], NOON + timedelta(days=1))
            keep.retry_inbound(connection, inbound_id, "late", NOON)
            keep.mark_failed(connection, 1, "late", NOON)
            assert facts.show_inbox(connection, inbound_id)["state"] == "filed"
            assert facts.show_outbox(connection, 1)["state"] == "sent"
            assert connection.execute(select(inbound.c.due_at)).scalar() == AT_ONCE
