"""Cases are found by words, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, text

from kept import ANN, new_case
from mailgate.cases.case import Case, Decision, Entry, EntryKind, Outcome
from mailgate.cases.ref import Names
from mailgate.mail.message import Address
from mailgate.store import search_index
from mailgate.store.db import Store
from mailgate.store.keep import keep, mint
from mailgate.store.lists import CasesWanted
from mailgate.store.rows import case_row
from mailgate.store.search import search
from mailgate.store.searchable import asked_for, words_of
from mailgate.store.tables import cases
from moments import NOON

EVERYTHING = CasesWanted()


def said(
    store: Store, *texts: str, subject: str = "Hello", contact: Address = ANN, kind: EntryKind = EntryKind.MAIL
) -> Case:
    """A case on which these things were said."""
    with store.write() as connection:
        case = replace(
            new_case(mint(connection, NOON, "example.com", new_case=True), subject=subject),
            contact=contact,
            participants=(contact.key,),
        )
        entries = tuple(Entry(NOON, kind, contact.address, one) for one in texts)
        keep(connection, None, Decision(Outcome.FILED, "opened", case, opened=True, entries=entries), (), None, NOON)
    return case


def more(store: Store, case: Case, *texts: str) -> Case:
    with store.write() as connection:
        entries = tuple(Entry(NOON, EntryKind.MAIL, ANN.address, one) for one in texts)
        keep(connection, None, Decision(Outcome.FILED, "reply", case, entries=entries), (), None, NOON)
    return replace(case, version=case.version + 1)


def index(store: Store) -> None:
    while search_index.bring_up(store):
        pass


def found(store: Store, words: str, wanted: CasesWanted = EVERYTHING) -> list[str]:
    index(store)
    with store.read() as connection:
        return [row["number"] for row in search(connection, words, wanted).rows]


def test_a_case_is_found_by_its_subject_by_what_was_said_and_by_who_takes_part(store: Store) -> None:
    bob = Address("Robert Paulson", "bob.p@fight.test")
    other, case = said(store), said(store, "It burns.", "Still burning, at 5 o'clock", subject="Printer", contact=bob)
    for words in ("printer", "burns", "clock", "paulson", "bob.p@fight.test", "fight.test", case.number, case.ref):
        assert found(store, words) == [case.number], words
    assert found(store, other.number) == [other.number]


def test_all_words_must_stand_in_a_case_and_need_not_stand_together(store: Store) -> None:
    case = said(store, "The lamp is dark.", "So is the fan.", subject="Office")
    assert found(store, "fan office lamp") == [case.number]
    assert found(store, "fan office window") == []


def test_the_beginning_of_the_last_word_will_do_and_of_no_other(store: Store) -> None:
    case = said(store, "The photocopier is on fire", "order 47110815")
    assert found(store, "fire photoc") == [case.number]
    assert found(store, "photoc fire") == []
    assert found(store, "order 4711") == []
    assert found(store, "order 47110815") == [case.number]


def test_case_and_accents_do_not_matter(store: Store) -> None:
    case = said(store, "Die GRÖSSE im Café: \u0417\u0451\u0440\u043d\u044b\u0448\u043a\u043e")
    for words in ("größe", "grosse", "CAFE\u0301", "\u0437\u0435\u0440\u043d\u044b\u0448\u043a\u043e"):
        assert found(store, words) == [case.number], words


def test_words_of_scripts_without_spaces_are_found_within_sentences(store: Store) -> None:
    japanese, chinese = said(store, "プリンターが動きません。"), said(store, "登录时出现错误,请帮忙。")
    assert found(store, "プリンター") == [japanese.number]
    assert found(store, "错误") == found(store, "出现 帮忙") == found(store, "误") == [chinese.number]
    assert found(store, "错请") == []


TYPED = (
    'burns" OR "x', "burns NEAR(x y)", "burns AND", "subject:burns", "burns*", "^burns", "-burns", "(burns", "burns)",
    "burns'; DROP TABLE cases; --", "burns:*", "burns & !x", "burns <-> it", "\\burns\\", "burns\0", "burns\ud800",
    "'", '"', "words:", "%", "_", "* burns", "burns | it", "{burns}", "+burns + it",
)  # fmt: skip


def test_what_is_typed_is_words_and_nothing_else(store: Store) -> None:
    case = said(store, "it burns; nothing else")
    for typed in TYPED:
        alike = [case.number] if set(words_of([typed])) in ({"burns"}, {"burns", "it"}) else []
        assert found(store, typed) == alike, typed


def test_the_newest_come_first_and_page_by_page_come_all(store: Store) -> None:
    numbers = [said(store, f"printer {n % 2}").number for n in range(7)][::-1]
    index(store)
    pages, after = list[list[str]](), None
    with store.read() as connection:
        while True:
            page = search(connection, "printer", EVERYTHING, 3, after)
            pages.append([row["number"] for row in page.rows])
            after = page.after
            if after is None:
                break
    assert pages == [numbers[:3], numbers[3:6], numbers[6:]]
    assert found(store, "printer 1") == numbers[1::2]


def test_what_is_common_is_found_page_by_page_in_any_number_of_cases(store: Store) -> None:
    like = case_row(new_case(Names("0", "00DMANY00", "0", b"", "example.com"), subject="Printer"))
    numbers = [f"2611{n:06}" for n in range(2_600, 0, -1)]
    with store.write() as connection:
        connection.execute(insert(cases), [like | {"number": one, "key": f"500{one}000"} for one in numbers])
        connection.execute(cases.update().where(cases.c.number == "2611000003").values(status="resolved"))
        search_index.note_all_changed(connection)
    assert found(store, "printer") == numbers
    with store.read() as connection:
        page = search(connection, "printer", EVERYTHING, 900)
        following = search(connection, "printer", EVERYTHING, 900, page.after)
        assert [row["number"] for row in (*page.rows, *following.rows)] == numbers[:1800]
        rare = search(connection, "printer", CasesWanted(statuses=("resolved",)), 5)
        assert [row["number"] for row in rare.rows] == ["2611000003"]


def test_what_narrows_a_list_narrows_what_is_found(store: Store) -> None:
    bob = Address("", "bob@customer.test")
    his, hers = said(store, "printer", contact=bob), said(store, "printer")
    assert found(store, "printer", CasesWanted(contact="Bob@customer.test")) == [his.number]
    assert found(store, "printer", CasesWanted(statuses=("new", "open"))) == [hers.number, his.number]
    assert found(store, "printer", CasesWanted(statuses=("closed",))) == []
    assert found(store, "printer", CasesWanted(opened_after=NOON + timedelta(days=1))) == []


def test_what_our_people_noted_is_found_and_what_the_gate_noted_is_not(store: Store) -> None:
    note = said(store, "he is a walrus", kind=EntryKind.NOTE)
    said(store, "the first answer is overdue", kind=EntryKind.BREACH)
    assert (found(store, "walrus"), found(store, "overdue")) == ([note.number], [])


def test_what_is_said_later_is_found_with_what_was_said_before(store: Store) -> None:
    case = said(store, "The lamp is dark.")
    assert found(store, "lamp") == [case.number]
    more(store, case, "And the fan stands still.")
    assert found(store, "lamp fan") == [case.number]


class _Meanwhile(Store):
    """A store in which something happens between what is read and what is written."""

    happens: list[object]

    @contextmanager
    def write(self) -> Iterator[Connection]:
        if self.happens:
            case = self.happens.pop()
            assert isinstance(case, Case)
            more(self, case, "fan")
        with super().write() as connection:
            yield connection


def test_what_is_said_while_a_case_is_read_for_the_index_is_not_missed(store: Store) -> None:
    case = said(store, "lamp")
    store.__class__ = _Meanwhile
    assert isinstance(store, _Meanwhile)
    store.happens = [case]
    search_index.bring_up(store)
    assert found(store, "lamp fan") == [case.number]


SENTENCES = (
    "The printer prints nothing", "Der Drucker druckt nicht", "printing costs 4711 euros", "no printer, no print", "",
    "プリンターが動きません", "動くプリンター", "a b c", "Café au lait", "ann@customer.test writes", "print",
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(st.sampled_from([*" ".join(SENTENCES).split(), "pri", "dru", "プ", "nic", '"', "ブ"]), max_size=3))
def test_whoever_searches_finds_what_a_person_who_reads_everything_would(store: Store, typed: list[str]) -> None:
    """Against a model that reads every case; both databases are held against the same one."""
    with store.read() as connection:
        empty = connection.scalar(text("SELECT count(*) FROM cases")) == 0
    if empty:
        for sentence in SENTENCES:
            said(store, sentence, subject="x")
    words = " ".join(typed)
    asked = asked_for(words)
    alike = [
        f"2611{n:06}"
        for n, sentence in enumerate(SENTENCES, 1)
        if asked and _holds([sentence, "x", f"2611{n:06}", ANN.name, ANN.address], asked.words, asked.beginning)
    ]
    assert found(store, words) == alike[::-1]


def _holds(texts: Sequence[str], words: Sequence[str], beginning: str) -> bool:
    there = words_of(texts)
    return set(words) <= set(there) and any(one.startswith(beginning) for one in there)
