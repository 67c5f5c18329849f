"""Customers are written to in their own language, as far as it is known and on offer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from letters import CUSTOMER_LETTERS, SHIPPED, of_kind
from mailgate import shipped
from mailgate.cases.account import Account, AccountContact, Directory
from mailgate.cases.case import Case
from mailgate.cases.letter_kinds import CASELESS_LETTERS
from mailgate.mail.language import language_of
from mailgate.outbox.render import Renderer
from mailgate.policy.load import load_policy
from mailgate.policy.translation import TranslatedPriority, Translation
from mailgate.store.found import case_of
from world import World, mail

GERMAN = "Guten Tag,\nseit heute Morgen druckt unser Drucker nicht mehr. Bitte helfen Sie uns, wir haben keine Idee."
ENGLISH = "Hello,\nour printer does not print any more since this morning. Please help us, we have no idea."
DUTCH = "Hallo,\nonze printer doet het niet meer sinds vanmorgen. Wij hebben graag hulp, ik weet het niet."
TALKS_GERMAN, TALKS_ENGLISH = "Ihr Vorgang wurde angelegt.", "A case has been created"
SHOWS = "Case Number:", "Vorgangsnummer:"
WORDS = Translation(
    neutral_subject="Ihre Anfrage",
    next_step="Wir melden uns in Kürze.",
    ask_for="Bitte nennen Sie uns die Version.",
    priority=(TranslatedPriority(3, "Mittel", "Der Betrieb ist kaum eingeschränkt."),),
)


def world(*languages: str, mailbox: str = "", contact: str = "", own: str = "en") -> World:
    """A house that offers these languages beside its own; `mailbox` and `contact` are what is set for those."""
    made = World(engineers=["eve@engineers.test"])
    letters = replace(made.policy.letters, language=own, languages=languages)
    policy = replace(made.policy, letters=letters, translations={"de": WORDS})
    box = replace(made.house.settings.mailboxes["support"], language=mailbox)
    settings = replace(made.house.settings, mailboxes={**made.house.settings.mailboxes, "support": box})
    known = (Account("Example Ltd"),), (AccountContact("Example Ltd", "ann@customer.test", language=contact),)
    directory = Directory(*known) if contact else Directory()
    made.house = replace(made.house, settings=settings, policies={policy.name: policy}, directory=directory)
    return made


def said(world: World) -> str:
    """The plain words of the one letter to the customer."""
    (letter,) = [one for one in world.letters if "ann@customer.test" in str(one["To"])]
    part = letter.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def the_case(world: World, number: str) -> Case:
    with world.store.read() as connection:
        case = case_of(connection, number)
    assert case is not None
    return case


@pytest.mark.parametrize(
    ("words", "answer"), [(GERMAN, TALKS_GERMAN), (ENGLISH, TALKS_ENGLISH), (DUTCH, TALKS_ENGLISH)]
)
def test_a_customer_is_answered_in_the_language_of_his_mail_where_it_is_on_offer(words: str, answer: str) -> None:
    with world("de") as house:
        house.receive(mail(body=words))
        assert answer in said(house)


def test_a_mails_own_language_counts_for_nothing_where_no_other_is_on_offer() -> None:
    with world() as house:
        house.receive(mail(body=GERMAN))
        assert TALKS_ENGLISH in said(house)


def test_what_the_contact_is_said_to_speak_comes_before_what_he_writes_in() -> None:
    with world("de", contact="de-AT") as house:
        house.receive(mail(body=ENGLISH))
        assert TALKS_GERMAN in said(house)


def test_a_contact_who_speaks_what_is_not_on_offer_is_written_to_in_what_he_writes() -> None:
    with world("de", contact="fi") as house:
        house.receive(mail(body=GERMAN))
        assert TALKS_GERMAN in said(house)


@pytest.mark.parametrize(
    ("languages", "body", "answer"), [((), ENGLISH, TALKS_GERMAN), (("de",), ENGLISH, TALKS_ENGLISH)]
)
def test_a_mailbox_has_a_language_of_its_own(languages: tuple[str, ...], body: str, answer: str) -> None:
    with world(*languages, mailbox="de") as house:
        house.receive(mail(body=body))
        assert answer in said(house)


def test_a_case_keeps_its_language_and_its_policys_words_are_translated() -> None:
    with world("de") as house:
        house.receive(mail(body=GERMAN))
        assert WORDS.next_step in said(house)
        assert "Priorität: 3 (Mittel): Der Betrieb ist kaum eingeschränkt." in said(house)
        number = house.cases[0]["number"]
        assert house.case(number)["language"] == "de"
        house.receive(mail(f"Re: #{number}", "OK, thanks, that was it.", message_id="<2@customer.test>"))
        house.set_status(number, "resolved")
        house.advance(days=20)
        told = [one for one in house.letters if "ann@customer.test" in str(one["To"])]
        assert len(told) > 1
        for letter in told:
            part = letter.get_body(("plain",))
            assert part is not None
            assert SHOWS[1] in part.get_content()
            assert SHOWS[0] not in part.get_content()


def test_a_neutral_subject_is_said_in_the_readers_language() -> None:
    with world("de") as house:
        policy = house.house.policies[house.policy.name]
        full = {found: type(extent).NEUTRAL for found, extent in policy.confirmation.items()}
        house.house = replace(house.house, policies={policy.name: replace(policy, confirmation=full)})
        house.receive(mail(body=GERMAN))
        (letter,) = [one for one in house.letters if "ann@customer.test" in str(one["To"])]
        assert "Ihre Anfrage" in letter["Subject"]


def test_letters_to_our_own_people_stay_in_english() -> None:
    with world("de", own="de") as house:
        house.receive(mail(body=GERMAN))
        (letter,) = [one for one in house.letters if "eve@engineers.test" in str(one["To"])]
        assert "Write above this line" in str(letter.get_body(("plain",)))


def test_a_language_whose_templates_are_gone_is_no_reason_to_lose_a_letter() -> None:
    with world("de") as house:
        house.receive(mail(body=GERMAN))
        number = house.cases[0]["number"]
        policy = house.house.policies[house.policy.name]
        case = the_case(house, number)
        letter = replace(
            of_kind(CUSTOMER_LETTERS[0]), language="xx", to=case.contact or of_kind(CUSTOMER_LETTERS[0]).to
        )
        written = house.house.renderer.render(
            letter, case, policy, house.house.mailbox("support"), "", house.clock.now()
        )
        assert b'lang="en"' in written.message.replace(b"=3D", b"=")


@pytest.mark.parametrize("name", shipped.policy_names(SHIPPED.parent / "config"))
@pytest.mark.parametrize("language", sorted(Renderer([SHIPPED]).languages))
def test_every_letter_can_be_written_in_every_language_under_every_policy(name: str, language: str) -> None:
    file = shipped.policy_file(SHIPPED.parent / "config", name)
    assert file is not None
    policy, renderer = load_policy(file), Renderer([SHIPPED])
    with world() as house:
        house.receive(mail())
        case, box = the_case(house, house.cases[0]["number"]), house.house.mailbox("support")
        for kind in CUSTOMER_LETTERS:
            letter = replace(of_kind(kind, full=True), language=language, to=case.contact or of_kind(kind).to)
            assert case.ref.encode() in renderer.render(letter, case, policy, box, "", house.clock.now()).message
        for kind in CASELESS_LETTERS:
            letter = replace(of_kind(kind, full=True), language=language)
            assert renderer.caseless(letter, policy, box, None, house.clock.now()).message


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (GERMAN, "de"),
        (ENGLISH, "en"),
        (DUTCH, "nl"),
        ("Bonjour, notre imprimante ne marche plus depuis hier. Merci de votre aide.", "fr"),
        ("Hola, la impresora no funciona desde ayer, ¿qué puede ser? Muchas gracias por su ayuda, es urgente.", "es"),
        ("Buongiorno, la stampante della segreteria non funziona più. Grazie, è urgente.", "it"),
        ("Dzień dobry, nie mam dostępu i nie jest jasne dlaczego. Proszę o pomoc, dziękuję.", "pl"),
        ("Здравствуйте, у нас не работает принтер, пожалуйста помогите, спасибо.", "ru"),
        ("Printer kaputt", ""),
        ("", ""),
        ("The error says: der die das und ist nicht. The log and the trace have this: ich wir sie uns mit von.", ""),
        ("動かない", ""),
    ],
)
def test_the_language_of_a_mail_is_known_by_its_little_words_or_not_at_all(text: str, language: str) -> None:
    every = ("en", "de", "fr", "es", "it", "pt", "nl", "sv", "pl", "cs", "ru", "uk", "tr")
    assert language_of(text, every) == language
