"""What the walk asks of the store, and what the command line shows of it."""

from __future__ import annotations

import secrets
from datetime import timedelta

import pytest
from sqlalchemy import event

from kept import ANN, arrival, letter, new_case, open_case, opening, read_mail
from mailgate.cases.case import Decision, Outcome
from mailgate.cases.clues import Clues
from mailgate.cases.match import Candidates
from mailgate.checks.finding import Had
from mailgate.errors import NotFound
from mailgate.mail.message import Address
from mailgate.store import facts, keep
from mailgate.store.db import Store
from mailgate.store.tables import block
from moments import NOON

OWN = frozenset({"support@example.com"})


class TestKnownAbout:
    def test_nothing_is_known_of_a_first_mail(self, store: Store) -> None:
        with store.read() as connection:
            known = facts.known_about(connection, read_mail("<1@customer.test>"), OWN, NOON)
        assert (known.own_addresses, known.our_letter, known.copy_of) == (OWN, False, None)
        assert (known.blocked_by, known.had) == (None, Had())

    def test_a_letter_of_ours_that_comes_back_is_recognised(self, store: Store) -> None:
        with store.write() as connection:
            _, written, _ = open_case(connection)
            assert facts.known_about(connection, read_mail(written.letter.message_id), OWN, NOON).our_letter

    def test_the_same_mail_once_more_within_a_week_is_a_copy(self, store: Store) -> None:
        almost, later = NOON + timedelta(days=7, seconds=-1), NOON + timedelta(days=7)
        mail = read_mail("<1@customer.test>")
        with store.write() as connection:
            case, _, inbound_id = open_case(connection)
            assert facts.known_about(connection, mail, OWN, almost, 99).copy_of == case.number
            assert facts.known_about(connection, mail, OWN, later, 99).copy_of is None
            assert facts.known_about(connection, mail, OWN, NOON, inbound_id).copy_of is None, "it is no copy of itself"

    @pytest.mark.parametrize(
        "other",
        [
            read_mail("<2@customer.test>"),
            read_mail(None),
            read_mail("<1@customer.test>", mailbox="sales"),
            read_mail("<1@customer.test>", by=Address("", "bob@customer.test")),
            read_mail("<1@customer.test>", by=None),
        ],
        ids=["another Message-ID", "no Message-ID", "another mailbox", "another author", "no author"],
    )
    def test_another_mail_is_no_copy(self, store: Store, other: object) -> None:
        with store.write() as connection:
            open_case(connection)
            assert facts.known_about(connection, other, OWN, NOON, 99).copy_of is None  # type: ignore[arg-type]

    def test_what_is_held_has_no_copies(self, store: Store) -> None:
        with store.write() as connection:
            (receipt,) = keep.receive(connection, [arrival("1", message_id="<1@customer.test>")])
            keep.keep(connection, receipt.inbound_id, Decision(Outcome.HELD, "x"), [], None, NOON, author=ANN.key)
            assert facts.known_about(connection, read_mail("<1@customer.test>"), OWN, NOON, 99).copy_of is None

    @pytest.mark.parametrize(
        ("pattern", "fits"),
        [
            ("ann@customer.test", True),
            ("customer.test", True),
            ("*.test", True),
            ("*.customer.test", False),
            ("bob@customer.test", False),
            ("test", False),
        ],
    )
    def test_a_block_rule_fits_an_address_a_domain_or_all_below_one(
        self, store: Store, pattern: str, fits: bool
    ) -> None:
        with store.write() as connection:
            connection.execute(block.insert(), {"pattern": pattern, "by": "ann", "at": NOON})
            mail = read_mail("<1@customer.test>")
            assert facts.known_about(connection, mail, OWN, NOON).blocked_by == (pattern if fits else None)

    def test_letters_of_the_last_hour_are_counted_whatever_became_of_them(self, store: Store) -> None:
        with store.write() as connection:
            for number in range(3):
                open_case(connection, str(number), now=NOON + timedelta(minutes=number * 20))
            keep.mark_failed(connection, 1, "x", NOON)
            keep.mark_sent(connection, [2], NOON)

            def count(minutes: int, by: Address | None = ANN) -> int:
                moment = NOON + timedelta(minutes=minutes)
                return facts.known_about(connection, read_mail("<9@x.test>", by=by), OWN, moment).had.hour

            assert count(45) == 3
            assert count(60) == 2
            assert count(60, Address("", "ANN@CUSTOMER.TEST")) == 2
            assert count(60, Address("", "bob@customer.test")) == 0
            assert count(60, None) == 0


class TestCandidates:
    def test_a_mail_without_clues_asks_nothing(self, store: Store) -> None:
        with store.read() as connection:
            asked: list[str] = []
            event.listen(connection, "before_cursor_execute", lambda _c, _d, statement, *_: asked.append(statement))
            assert facts.candidates(connection, Clues(), "support", lock=False) == Candidates()
            assert asked == []
            facts.candidates(connection, Clues(tokens=("0" * 20,)), "support", lock=False)
            assert len(asked) == 1

    @pytest.mark.parametrize("lock", [False, True])
    def test_every_clue_leads_to_its_case(self, store: Store, lock: bool) -> None:
        with store.write() as connection:
            (by_token, token, _), (by_id, theirs, _), (by_key, _, _), (by_number, _, _), (copied, _, _), lost = (
                open_case(connection, str(number)) for number in range(6)
            )
            by_path, came_back, _ = lost
            clues = Clues(
                tokens=(token.letter.token, came_back.letter.path, "0" * 20),
                paths=(came_back.letter.path, token.letter.token, "0" * 20),
                message_ids=("<1@customer.test>", theirs.letter.message_id, "<unknown@x.test>"),
                subject_keys=(by_key.key.lower(),),
                subject_numbers=(by_number.number, "2601000001"),
                body_keys=("500UNKNOWNUNKNOWN",),
            )
            found = facts.candidates(connection, clues, "support", lock=lock, copy_of=copied.number)
        assert {token: (one.case, one.owner) for token, one in found.by_token.items()} == {
            token.letter.token: (by_token, ANN.key)
        }
        assert {token: (one.case, one.owner) for token, one in found.by_path.items()} == {
            came_back.letter.path: (by_path, ANN.key)
        }
        assert {one: [(lead.case, lead.ours) for lead in leads] for one, leads in found.by_message_id.items()} == {
            "<1@customer.test>": [(by_id, False)],
            theirs.letter.message_id: [(by_id, True)],
        }
        assert found.by_key == {by_key.key: by_key}
        assert found.by_number == {by_number.number: by_number}
        assert found.copy == copied

    def test_a_message_id_in_two_mailboxes_leads_to_both_cases_its_own_mailbox_first(self, store: Store) -> None:
        with store.write() as connection:
            support, _, _ = open_case(connection, "1", mailbox="support")
            sales, _, _ = open_case(connection, "1", mailbox="sales")
            clues = Clues(message_ids=("<1@customer.test>",))
            for mailbox, expected in (("support", [support, sales]), ("sales", [sales, support])):
                found = facts.candidates(connection, clues, mailbox, lock=False)
                assert [lead.case for lead in found.by_message_id["<1@customer.test>"]] == expected

    def test_a_message_id_of_any_length_is_found_again(self, store: Store) -> None:
        endless = f"<é{secrets.token_hex(4500)}@customer.test>"
        with store.write() as connection:
            names = keep.mint(connection, NOON, "example.com", new_case=True)
            case = new_case(names)
            keep.keep(connection, None, opening(case, thread_ids=[endless]), [letter(case, names)], None, NOON)
            almost = endless.replace("@", "e@")
            found = facts.candidates(connection, Clues(message_ids=(endless, almost)), "support", lock=False)
        assert list(found.by_message_id) == [endless]


def test_parents_that_still_wait_are_named(store: Store) -> None:
    ids = ["<p@x.test>", "<filed@customer.test>", "<later@x.test>", "<elsewhere@x.test>"]
    with store.write() as connection:
        (parent, again) = keep.receive(connection, [arrival(one, message_id="<p@x.test>") for one in ("p", "q")])
        open_case(connection, "filed")
        (elsewhere,) = keep.receive(connection, [arrival("e", message_id="<elsewhere@x.test>", mailbox="sales")])
        assert facts.still_waiting(connection, ids) == {
            ("support", "<p@x.test>"): min(parent.inbound_id, again.inbound_id),
            ("sales", "<elsewhere@x.test>"): elsewhere.inbound_id,
        }
        assert facts.still_waiting(connection, []) == {}


class TestListings:
    def test_they_have_the_names_that_the_design_gives_them(self, store: Store) -> None:
        with store.write() as connection:
            case, written, _ = open_case(connection)
            (row,) = facts.list_cases(connection)
            (mail,) = facts.list_inbox(connection)
            (out,) = facts.list_outbox(connection)
            shown = facts.show_case(connection, case.number)
        assert row == {
            "number": "2611000001",
            "ref": case.ref,
            "subject": "Printer on fire",
            "status": "new",
            "priority": 3,
            "mailbox": "support",
            "contact": "Ann@customer.test",
            "opened_at": NOON.isoformat(),
            "entries": 1,
            "merged_into": None,
        }
        assert shown == row | {
            "merged": [],
            "participants": [ANN.key],
            "follows": None,
            "account": "",
            "account_status": "",
            "language": "",
            "owner": "",
            "level": 1,
            "rung": 0,
            "kind": "",
            "provisional": False,
            "next_due_at": None,
            "history": [
                {
                    "at": NOON.isoformat(),
                    "kind": "mail",
                    "actor": "Ann@customer.test",
                    "text": "It burns.",
                    "n": None,
                    "of": case.number,
                }
            ],
        }
        assert mail == {
            "id": 1,
            "state": "filed",
            "reason": "opened",
            "message_id": "<1@customer.test>",
            "mailbox": "support",
            "received_at": NOON.isoformat(),
            "case": case.number,
        }
        assert out == {
            "id": 1,
            "case": case.number,
            "kind": "confirmation",
            "to": "Ann@customer.test",
            "subject": f"#{case.number}: Printer on fire {case.ref}",
            "message_id": written.letter.message_id,
            "state": "queued",
            "attempts": 0,
            "due_at": NOON.isoformat(),
        }

    def test_a_mail_is_shown_with_all_that_is_known_of_it(self, store: Store) -> None:
        with store.write() as connection:
            _, _, inbound_id = open_case(connection)
            row = facts.show_inbox(connection, inbound_id)
        assert (row["sender"], row["recipients"], row["from"]) == (
            "ann@customer.test",
            ["support@example.com"],
            "ann@customer.test",
        )
        assert (row["subject"], row["door"], row["peer"], row["seen"]) == ("Printer on fire", "test", "192.0.2.1", 1)
        assert (row["traceback"], row["trace"], row["attempts"]) == (None, {"checks": []}, 0)

    def test_a_letter_is_shown_with_its_text(self, store: Store) -> None:
        with store.write() as connection:
            _, written, _ = open_case(connection)
            assert facts.show_outbox(connection, 1)["message"] == written.message.decode()

    def test_the_newest_come_first_and_a_limit_or_a_state_leaves_others_out(self, store: Store) -> None:
        with store.write() as connection:
            for number in range(3):
                open_case(connection, str(number), now=NOON + timedelta(minutes=number))
            (waiting,) = keep.receive(connection, [arrival("waiting")])
            assert [row["number"] for row in facts.list_cases(connection, limit=2)] == ["2611000003", "2611000002"]
            assert [row["id"] for row in facts.list_outbox(connection)] == [3, 2, 1]
            assert [row["id"] for row in facts.list_inbox(connection, state="waiting")] == [waiting.inbound_id]
            assert facts.list_cases(connection, status="closed") == []

    @pytest.mark.parametrize("number", [0, -1, 5, 2**63, 10**40])
    def test_an_unknown_id_is_not_found_however_large(self, store: Store, number: int) -> None:
        with store.read() as connection:
            with pytest.raises(NotFound):
                facts.show_inbox(connection, number)
            with pytest.raises(NotFound):
                facts.show_outbox(connection, number)
            with pytest.raises(NotFound):
                facts.show_case(connection, str(number))

    def test_a_subject_in_encoded_words_is_listed_as_people_read_it(self, store: Store) -> None:
        with store.write() as connection:
            case, written, _ = open_case(connection)
            encoded = (
                b"To: x\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n =?utf-8?q?_zur=C3=BCck?=\r\n\r\nSubject: no\r\n"
            )
            names = keep.mint(connection, NOON, "example.com", new_case=False)
            again = letter(case, names, occasion="2")
            again = type(written)(again.letter, encoded, again.envelope_from)
            keep.keep(connection, None, Decision(Outcome.FILED, "x", case), [again], None, NOON)
            assert facts.show_outbox(connection, 2)["subject"] == "Grüße zurück"
