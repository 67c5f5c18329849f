"""Everything that the desk's pages do, the command line does too: each form, button and field has its verb."""

from __future__ import annotations

import re
from collections.abc import Mapping

import click
import pytest
import structlog
from starlette.routing import Route

from desk_site import OTTO, desk_of
from mailgate import rearranging
from mailgate.cases.may import OPERATOR
from mailgate.cli import VERBS, command_of
from mailgate.web.desk import inbox, outbox, silenced
from mailgate.web.forms import CSRF
from mailgate.web.pages import DESK
from world import World, mail

# Each form that is posted on the desk: the verb that does the same, by what is chosen in it ("" where nothing is).
VERB_OF: Mapping[str, Mapping[str, str]] = {
    "/desk/cases/{number}/reply": {"send": "case reply", "note": "case reply", "anyway": "case reply"},
    "/desk/cases/{number}/set": {"": "case set"},
    "/desk/cases/{number}/people": {"": "case set"},
    "/desk/cases/{number}/revoke": {"": "case revoke"},
    "/desk/cases/{number}/merge": {"": "case merge"},
    "/desk/cases/{number}/split": {"": "case split"},
    "/desk/inbox/try": {"release": "inbox release", "replay": "inbox replay", "drop": "inbox drop"},
    "/desk/inbox/do": {"release": "inbox release", "replay": "inbox replay", "drop": "inbox drop"},
    "/desk/outbox/try": {
        "retry": "outbox retry", "hold": "outbox hold", "release": "outbox release", "drop": "outbox drop",
    },
    "/desk/outbox/do": {
        "retry": "outbox retry", "hold": "outbox hold", "release": "outbox release", "drop": "outbox drop",
    },
    "/desk/blocks/add": {"": "block add"},
    "/desk/blocks/try": {"": "block remove"},
    "/desk/blocks/do": {"": "block remove"},
    "/desk/silenced/try": {"release": "outbox release", "drop": "outbox drop", "revive": "contact revive"},
    "/desk/silenced/do": {"release": "outbox release", "drop": "outbox drop", "revive": "contact revive"},
}  # fmt: skip
# Who comes in and goes: there is nobody to let in on the command line, and `engineer sign-out` ends his sessions.
COMING_AND_GOING = {"/desk/sign-in", "/desk/sign-in/{token}", "/desk/sign-out"}
# What a field of a case's form is among the parameters of its verb, where it is called otherwise.
PARAMETER = {"words": "file", "of": "address", "of_case": "number"}
# What no person fills in; `do` chooses between the verbs above.
NO_FIELD = {CSRF, "seen", "do"}
_FORM = re.compile(r'<form method="post" action="/desk/cases/\d+/(\w+)".*?</form>', re.DOTALL)
_NAME = re.compile(r'<(?:input|select|textarea|button)\b[^>]*\bname="(\w+)"')


def commands() -> Mapping[str, click.Command]:
    named = {verb for chosen in VERB_OF.values() for verb in chosen.values()}
    return {verb.words: command_of(verb) for verb in VERBS if verb.words in named}


def test_each_form_that_can_be_posted_has_its_verb() -> None:
    posted = {route.path for route in DESK if isinstance(route, Route) and "POST" in (route.methods or ())}
    assert posted - COMING_AND_GOING == set(VERB_OF)
    assert set(commands()) == {verb for chosen in VERB_OF.values() for verb in chosen.values()}


@pytest.mark.parametrize(
    ("here", "does"), [("inbox", inbox.DOES), ("outbox", outbox.DOES), ("silenced", silenced.DOES)]
)
def test_each_button_of_a_list_has_its_verb(here: str, does: Mapping[str, object]) -> None:
    for way in ("try", "do"):
        assert set(VERB_OF[f"/desk/{here}/{way}"]) == set(does)


def test_each_field_of_a_case_page_is_an_option_of_its_verb() -> None:
    with desk_of(OTTO) as (world, otto):
        number = case_with_everything(world)
        page = otto.get(f"/desk/cases/{number}").text
    forms: dict[str, set[str]] = {}
    for found in _FORM.finditer(page):
        forms.setdefault(found[1], set()).update(_NAME.findall(found[0]))
    assert {f"/desk/cases/{{number}}/{form}" for form in forms} == {one for one in VERB_OF if "/cases/" in one}
    known = commands()
    for form, fields in forms.items():
        verbs = set(VERB_OF[f"/desk/cases/{{number}}/{form}"].values())
        for verb in verbs:
            parameters = {one.name for one in known[verb].params}
            assert {PARAMETER.get(one, one) for one in fields - NO_FIELD} <= parameters, (form, verb)


def case_with_everything(world: World) -> str:
    """A case whose page has every form and field: another is part of it."""
    for n in (1, 2):
        world.receive(mail(f"Printer {n}", message_id=f"<{n}@customer.test>"))
    one, two = (str(case["number"]) for case in world.cases)
    rearranging.merge(world.house, two, one, OPERATOR)
    return one


def test_each_deed_at_the_desk_is_logged_with_whose_it_is() -> None:
    with desk_of(OTTO) as (world, otto), structlog.testing.capture_logs() as logged:
        world.receive(mail("Away", auto_submitted="auto-replied"))
        page = otto.get("/desk/inbox/1")
        otto.fill(otto.fill(page, "/inbox/try", what="release"), "/inbox/do")
        otto.fill(otto.get("/desk/blocks"), "/blocks/add", sender="spam.example")
        otto.fill(otto.fill(otto.get("/desk/blocks"), "/blocks/try", id="spam.example"), "/blocks/do")
        number = world.cases[0]["number"]
        otto.fill(otto.get(f"/desk/cases/{number}"), "/people", join="carl@customer.test")
        assert world.inbox(1)["released_by"] == OTTO
        assert world.case(number)["history"][-1]["actor"] == OTTO
    told = [one for one in logged if one["event"] == "posted in the desk's window"]
    assert {one["by"] for one in told} == {OTTO}
    assert [(one["path"], one.get("what", ""), one.get("ids", ())) for one in told if "/try" not in one["path"]] == [
        ("/desk/inbox/do", "release", ("1",)),
        ("/desk/blocks/add", "", ()),
        ("/desk/blocks/do", "remove", ("spam.example",)),
        (f"/desk/cases/{number}/people", "", ()),
    ]
    assert [one["by"] for one in logged if one["event"] == "unblocked by hand"] == [OTTO]
