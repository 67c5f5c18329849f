"""Whatever is merged and split in whatever order: no circle, nothing lost or doubled, nobody reads another customer."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from desk_mail import BOB, answer, text_of, to
from mailgate import rearranging
from mailgate.errors import NotAllowed
from mailgate.store import facts
from world import World, mail

PEOPLE = ("ann@customer.test", "carl@customer.test", "dora@elsewhere.test", "fay@gmail.com")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["ask", "reply", "merge", "merge", "split", "engineer"]), st.integers(0, 30), st.integers(0, 30)
    ),
    min_size=4,
    max_size=14,
)


class Play:
    """A world with every word that was said in it, and by whom."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.said: dict[str, str] = {}
        for n in range(len(PEOPLE)):
            self.ask(n)
            self.ask(n, f"<word{2 * n}@{PEOPLE[n]}>")

    def numbers(self) -> list[str]:
        return [str(row["number"]) for row in self.world.cases]

    def ask(self, which: int, parent: str = "") -> None:
        who, word = PEOPLE[which % len(PEOPLE)], f"word{len(self.said)}"
        self.said[word] = who
        more = {"in_reply_to": parent} if parent else {}
        self.world.receive(mail(f"About {word}", word, by=who, message_id=f"<{word}@{who}>", **more), sender=who)

    def step(self, what: str, one: int, other: int) -> None:
        numbers = self.numbers()
        number, into = numbers[one % len(numbers)], numbers[other % len(numbers)]
        try:
            match what:
                case "ask":
                    self.ask(one)
                case "reply":
                    word = f"word{other % len(self.said)}"
                    who = self.said[word]
                    self.ask(PEOPLE.index(who), f"<{word}@{who}>")
                case "merge":
                    rearranging.merge(self.world.house, number, into)
                case "split":
                    rearranging.split(self.world.house, number, {1 + other % 3})
                case "engineer":
                    notices = to(self.world, BOB)
                    answer(self.world, notices[one % len(notices)], f"answer{one}x{len(self.world.letters)}")
        except NotAllowed:
            pass


def organisation(address: str) -> str:
    return address if address.endswith("gmail.com") else address.partition("@")[2]


@settings(max_examples=6, deadline=None)
@given(steps=STEPS)
def test_merges_and_splits_keep_the_laws(steps: list[tuple[str, int, int]]) -> None:
    with World(engineers=(BOB,)) as world:
        play = Play(world)
        for step in steps:
            play.step(*step)
        numbers = play.numbers()
        with world.store.read() as connection:
            found = {number: facts.case_of(connection, number) for number in numbers}
        standing = {case.number: case for case in found.values() if case is not None}
        rows = {row["number"]: row["merged_into"] for row in world.cases}
        assert all(case is not None and case.merged_into is None for case in found.values())
        assert {number for number, into in rows.items() if into is None} == set(standing)
        assert {into for into in rows.values() if into is not None} <= set(standing)
        assert all(world.case(number)["entries"] for number in standing)
        lines = [line for number in standing for line in world.case(number)["history"]]
        assert Counter(line["text"] for line in lines if line["kind"] == "mail") == dict.fromkeys(play.said, 1)
        numbered = Counter((line["of"], line["n"]) for line in lines if line["n"])
        assert set(numbered.values()) <= {1}
        for number, case in standing.items():
            writers = {
                organisation(play.said[one["text"]]) for one in world.case(number)["history"] if one["kind"] == "mail"
            }
            assert {organisation(one) for one in case.participants} == writers
            assert len(writers) == 1
        for letter in world.letters:
            readers = {organisation(who) for who in PEOPLE if who in f"{letter['To']} {letter['Cc']}"}
            words = {organisation(who) for word, who in play.said.items() if f"{word}\n" in text_of(letter)}
            assert BOB in str(letter["To"]) or (len(readers) == 1 and words <= readers)
