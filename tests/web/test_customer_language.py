"""The pages of a customer speak the language of his letters; a visitor whom nobody knows, what his browser asks for."""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from case_pages import ANN, CODE, page_of, page_world
from mailgate import pipeline, shipped
from mailgate.cases.case import Status
from mailgate.cases.events import EngineerActed, EngineerReplied
from mailgate.errors import ConfigError
from mailgate.policy.load import load_policy
from mailgate.policy.policy import Policy
from mailgate.policy.translation import TranslatedPriority, Translation
from mailgate.web.assets import Assets
from mailgate.web.customer import account, guest, message, page
from mailgate.web.customer import organisation as organisation_pages
from mailgate.web.shown import Shown
from site_visitor import Answer, Visitor, shown
from world import ROOT, World, mail

EVE = "eve@engineers.test"
GERMAN = "Guten Tag,\nseit heute Morgen druckt unser Drucker nicht mehr. Bitte helfen Sie uns, wir haben keine Idee."
MEDIUM = TranslatedPriority(3, "Mittel", "Der Betrieb ist kaum eingeschränkt.")
WORDS = shipped.folder("templates") / "web/customer/words"
LANGUAGES = sorted(file.stem for file in WORDS.glob("*.j2"))


def speaks(policy: Policy, own: str = "en", *others: str) -> Policy:
    """With every name and definition of a priority in German: what the policy says is not ours to say."""
    told = Translation(
        neutral_subject="Ihre Anfrage",
        hours="immer",
        priority=tuple(
            MEDIUM if n == 3 else TranslatedPriority(n, f"Stufe {n}", f"Wie Stufe {n}.") for n in range(1, 5)
        ),
    )
    return replace(policy, letters=replace(policy.letters, language=own, languages=others), translations={"de": told})


@pytest.fixture
def world() -> Iterator[World]:
    policy = speaks(load_policy(ROOT / "config/policies/appviewx.toml"), "en", "de")
    with page_world(policy, engineers=[EVE]) as world:
        world.receive(mail(body=GERMAN))
        yield world


@pytest.fixture
def site(world: World) -> Iterator[Visitor]:
    with shown(world) as site:
        yield site


def test_the_page_of_a_german_case_is_german_and_so_are_the_policys_words(world: World, site: Visitor) -> None:
    answer = site.get(page_of(world, ANN))
    assert '<html lang="de">' in answer.text
    assert "Stand eingegangen Priorität 3 (Mittel) Der Betrieb ist kaum eingeschränkt." in answer.words
    assert "Was gesagt wurde" in answer.words


def test_what_is_done_and_what_is_wrong_is_told_in_german(world: World, site: Visitor) -> None:
    shows = site.get(page_of(world, ANN))
    nothing = site.fill(shows, "/message", words=" ")
    assert (nothing.status, "Schreiben Sie, was Sie uns sagen möchten" in nothing.words) == (422, True)
    assert "Noch nicht: Vorgang" in nothing.text
    answer = site.fill(shows, "/close")
    assert "Der Vorgang ist geschlossen." in site.get(answer.headers["Location"].partition("#")[0]).words
    stale = site.fill(shows, "/escalate")
    assert (stale.status, "Das geht bei diesem Vorgang nicht" in stale.words) == (403, True)


def test_a_case_of_an_english_writer_stays_english_whatever_the_browser_asks_for(world: World, site: Visitor) -> None:
    world.receive(mail(message_id="<2@customer.test>", subject="Lamp", body="The lamp is broken, please help us."))
    number = world.cases[-1]["number"]
    answer = site.get(page_of(world, ANN, number), **{"Accept-Language": "de"})
    assert '<html lang="en">' in answer.text
    assert "Status received" in answer.words


@pytest.mark.parametrize(
    ("asks", "language"),
    [
        ("de-AT,de;q=0.9,en;q=0.5", "de"),
        ("fi, de;q=0.1, en;q=0.4", "en"),
        ("en;q=0, de", "de"),
        ("fi", "en"),
        ("", "en"),
        ("de;q=x,,;;", "de"),
    ],
)
def test_a_link_that_opens_nothing_is_refused_in_what_the_browser_asks_for(
    site: Visitor, asks: str, language: str
) -> None:
    answer = site.get("/case/2611000001/forged", **{"Accept-Language": asks})
    assert answer.status == 404
    assert f'<html lang="{language}">' in answer.text


def test_the_desk_is_asked_for_in_english(site: Visitor) -> None:
    assert '<html lang="en">' in site.get("/desk/nothing", **{"Accept-Language": "de"}).text


def test_a_language_that_nobody_wrote_the_pages_in_is_shown_in_english() -> None:
    policy = speaks(load_policy(ROOT / "config/policies/default.toml"), "fi")
    with page_world(policy) as world:
        world.receive(mail())
        with shown(world) as site:
            assert '<html lang="en">' in site.get(page_of(world, ANN)).text


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_page_has_the_same_forms_and_headings_in_each_language(language: str) -> None:
    """They have: what differs are words alone, one of its own for each of the English."""
    texts, said = _words(language)
    english, _ = _words("en")
    assert texts.keys() == english.keys()
    if language != "en":
        same = {name for name in texts if texts[name] == english[name]}
        assert same <= {"name", "domains", "size"}
        assert said == _said_by_the_program()


@pytest.mark.parametrize("state", [None, Status.WAITING, Status.RESOLVED, Status.CLOSED])
def test_no_english_word_of_ours_stands_on_a_german_page(world: World, state: Status | None) -> None:
    policy = replace(world.policy, page=CODE)
    world.house = replace(world.house, policies={policy.name: policy})
    number = world.cases[0]["number"]
    if state is not None:
        pipeline.act(world.house, number, EngineerReplied(EVE, "42", Status.WAITING))
        pipeline.act(world.house, number, EngineerActed("operator", state))
        pipeline.act(world.house, number, EngineerActed("operator", priority=1))
    with shown(world) as site:
        link = page_of(world, ANN)
        pages = [site.get(link), site.get(f"{link}/mail/1"), site.get("/case/1/x", **{"Accept-Language": "de"})]
        pages += [site.get(path, **{"Accept-Language": "de"}) for path in ("/account/support", "/organisation")]
        pages.append(site.fill(pages[0], "/code"))
        for one in pages[:-1]:
            assert not (found := _english(one)), (one.path, found)


def _english(answer: Answer) -> set[str]:
    return set(re.findall(r"\b(the|you|your|of|and|is|by|for|case|mail me|status|priority)\b", answer.words.lower()))


def _words(language: str) -> tuple[dict[str, str], set[str]]:
    source = (WORDS / f"{language}.j2").read_text(encoding="utf_8")
    texts = dict(re.findall(r"(?s)\{% (?:set|macro) (\w+)(.*?)(?=\n\{[%#] ?(?:set|macro|[A-Z])|\Z)", source))
    said = set(re.findall(r'(?m)^  "(.+?)": ', texts.pop("said")))
    return texts, said


def _said_by_the_program() -> set[str]:
    """Sentences that stand in the code of the pages and not in their templates."""
    found = {"That is more than we take at once.", "This could not be read as a form."}
    for module in (account, guest, message, page, organisation_pages, "site", "pages"):
        where = module if isinstance(module, str) else ""
        file = Path(page.__file__).parents[1] / f"{where}.py" if where else Path(str(module.__file__))  # type: ignore[union-attr]
        for node in ast.walk(ast.parse(file.read_text(encoding="utf_8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"refusal", "FormFault"}:
                found |= {str(one.value) for one in node.args if isinstance(one, ast.Constant) and _is_sentence(one)}
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and _is_sentence(node.value):
                found.add(str(node.value.value))
    organisation = Path(page.__file__).parents[2] / "organisation.py"
    for node in ast.walk(ast.parse(organisation.read_text(encoding="utf_8"))):
        if isinstance(node, ast.Constant) and "please write to us" in str(node.value).lower() and _is_sentence(node):
            found.add(str(node.value))
    found.discard("say whose contact it will be")  # to one of ours
    return found | {"The account was escalated several times today already. Please call us."}


def _is_sentence(one: ast.Constant) -> bool:
    return isinstance(one.value, str) and " " in one.value and not one.value.startswith(" ") and "/" not in one.value


def test_an_operators_words_stand_in_front_of_ours_and_may_add_a_language(tmp_path: Path) -> None:
    own = tmp_path / "templates/web/customer/words"
    own.mkdir(parents=True)
    (own / "de.j2").write_text('{% set send = "Ab damit" %}')
    shutil.copy(WORDS / "en.j2", own / "fr.j2")
    folders = [tmp_path / "templates", shipped.folder("templates")]
    Shown(folders, Assets(folders), lambda _: "")


@pytest.mark.parametrize(
    ("file", "words", "why"),
    [
        ("fr.j2", '{% set send = "Envoyer" %}', "has no `a_mail`"),
        ("de.j2", '{% set sendd = "Ab" %}', "no page uses it: `sendd`"),
        ("de.j2", "{% set send = %}", "Expected an expression"),
    ],
)
def test_words_that_are_missing_or_misspelt_are_found_at_the_start(
    tmp_path: Path, file: str, words: str, why: str
) -> None:
    own = tmp_path / "templates/web/customer/words"
    own.mkdir(parents=True)
    (own / file).write_text(words)
    folders = [tmp_path / "templates", shipped.folder("templates")]
    with pytest.raises(ConfigError, match=why):
        Shown(folders, Assets(folders), lambda _: "")
