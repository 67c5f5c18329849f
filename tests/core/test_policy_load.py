"""A support policy is written by a support manager: it is understood whole, or refused with the place and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailgate import shipped
from mailgate.errors import PolicyError, SettingsError
from mailgate.mail.message import Authentication
from mailgate.policy.contradictions import ALLOWED
from mailgate.policy.load import load_policies, load_policy, read_policy
from mailgate.policy.policy import Closing, Contact, Extent, Handling, Intake, Letters, Policy, Priority, Windows
from mailgate.settings import Mailbox, RelaySettings, Settings


def load(tmp_path: Path, text: str) -> Policy:
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    return load_policy(file)


def refused(tmp_path: Path, text: str) -> str:
    with pytest.raises(PolicyError) as caught:
        load(tmp_path, text)
    return str(caught.value).removeprefix(f"{tmp_path}/")


def settings(folder: Path, *policies: str) -> Settings:
    mailboxes = {name: Mailbox(name, f"{name}@example.com", policy=name) for name in policies}
    return Settings(folder / "mailgate.toml", RelaySettings("maildir:/x"), mailboxes, {})


def test_an_empty_file_is_the_default_policy_under_its_own_name(tmp_path: Path) -> None:
    assert load(tmp_path, "") == Policy("mine")


def test_what_a_file_says_replaces_the_default_and_no_more(tmp_path: Path) -> None:
    text = """
    title = "Ours"
    zone = "Europe/Berlin"
    contact.telephone = "+49 30 1234"
    closing.reopen_days = 7
    letters.reply_received = true
    letters.hourly.unverified = 2
    confirmation.fail = "neutral"
    intake.bulk = "hold"
    [[priority]]
    level = 3
    name = "Normal"
    """
    policy = load(tmp_path, text)
    assert policy == Policy(
        "mine",
        "Ours",
        "Europe/Berlin",
        Contact(telephone="+49 30 1234"),
        (Priority(3, "Normal"),),
        closing=Closing(7),
        letters=Letters(reply_received=True, hourly=Windows(unverified=2)),
        confirmation={**Policy("x").confirmation, Authentication.FAIL: Extent.NEUTRAL},
        intake=Intake(bulk=Handling.HOLD),
    )


def test_the_shipped_default_is_what_a_silent_policy_inherits() -> None:
    shown = load_policy(shipped.folder("config") / "policies" / "default.toml")
    # A reserved example of a telephone number is nobody's to inherit.
    silent = Policy("default", "Default support policy", contact=Contact(telephone="+1 202 555 0143"))
    assert shown == silent


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[closing]\nreopen_day = 3\n", 'mine.toml:2: closing.reopen_day: unknown key; did you mean "reopen_days"?'),
        ('name = "x"\n', "mine.toml:1: name: unknown key"),
        ("[[priorities]]\nlevel = 1\n", 'mine.toml:1: priorities: unknown key; did you mean "priority"?'),
        ("[closing]\nreopen_days = -1\n", "mine.toml:2: closing.reopen_days: should be 0 (never reopened) to 36500"),
        ("[closing]\nreopen_days = 14.5\n", "mine.toml:2: closing.reopen_days: should be a whole number, not 14.5"),
        ('zone = "Berlin"\n', 'mine.toml:1: zone: "Berlin" is no IANA time zone'),
        ('zone = "../etc/passwd"\n', 'mine.toml:1: zone: "../etc/passwd" is no IANA time zone'),
        (
            "[opening]\npriority = 5\n",
            "mine.toml:2: opening.priority: there is no [[priority]] of level 5; there: 1, 2",
        ),
        ("priority = []\n", "mine.toml: opening.priority: there is no [[priority]] of level 3; there: none"),
        ('[[priority]]\nlevel = 3\nname = " "\n', "mine.toml:3: priority[1].name: should not be empty"),
        ('[[priority]]\nlevel = 0\nname = "x"\n', "mine.toml:2: priority[1].level: should be 1 or more"),
        (
            '[[priority]]\nlevel = 3\nname = "x"\n[[priority]]\nlevel = 3\nname = "y"\n',
            "mine.toml:5: priority[2].level: there is a priority 3 already",
        ),
        (
            "[letters.hourly]\nunverified = -1\n",
            "mine.toml:2: letters.hourly.unverified: should be 0 (no letter at all)",
        ),
        ('[letters]\nlanguages = ["DE_de"]\n', 'mine.toml:2: letters.languages[1]: should be a language like "en"'),
        ('[letters]\nlanguages = ["en"]\n', 'mine.toml:2: letters.languages[1]: "en" stands there already'),
        (
            "[[translation.de.priority]]\nlevel = 9\n",
            "mine.toml:2: translation.de.priority[1].level: there is no priority 9",
        ),
        ('[letters]\nlanguage = "../x"\n', 'mine.toml:2: letters.language: should be a language like "en"'),
        ('[texts]\nneutral_subject = ""\n', "mine.toml:2: texts.neutral_subject: should not be empty"),
        ('[contact]\nname = "A\\r\\nBcc: x"\n', "mine.toml:2: contact.name: should be one line of plain text"),
        ('[confirmation]\npasss = "full"\n', 'mine.toml:2: confirmation.passs: unknown key; did you mean "pass"?'),
        ('[confirmation]\npass = "ful"\n', 'mine.toml:2: confirmation.pass: should be "full", "neutral" or "none"'),
        ('[intake]\nloop = "accept"\n', 'mine.toml:2: intake.loop: cannot be "accept": no letter may answer a machine'),
        ('[intake]\nbounce = "attach"\n', 'mine.toml:2: intake.bounce: cannot be "attach": should be one of'),
        ('[intake]\nblock = "drop"\n', "mine.toml:2: intake.block: should be "),
    ],
)
def test_a_policy_that_contradicts_itself_is_refused(tmp_path: Path, text: str, said: str) -> None:
    assert refused(tmp_path, text).startswith(said)


def test_all_faults_of_a_policy_can_be_had_at_once(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('zone = "Berlin"\n[intake]\nloop = "accept"\n')
    policy, faults = read_policy(file)
    assert policy is None
    assert [fault.key for fault in faults] == ["zone", "intake.loop"]


def test_no_machines_mail_may_ever_be_accepted_like_a_persons() -> None:
    assert set(ALLOWED) | {"own_lists"} == set(Intake.__dataclass_fields__)
    for machine in ("loop", "bounce", "auto_reply", "auto_generated", "list", "bulk"):
        assert Handling.ACCEPT not in ALLOWED[machine]
    for check, allowed in ALLOWED.items():
        assert getattr(Intake(), check) in allowed


def test_each_mailbox_has_its_policy_and_the_operators_file_comes_first(tmp_path: Path) -> None:
    own = tmp_path / "policies"
    own.mkdir()
    (own / "strict.toml").write_text('title = "strict"')
    policies = load_policies(settings(tmp_path, "default", "strict"))
    assert {name: policy.title for name, policy in policies.items()} == {
        "default": "Default support policy",
        "strict": "strict",
    }
    (own / "default.toml").write_text('title = "our own default"')
    assert load_policies(settings(tmp_path, "default"))["default"].title == "our own default"


def test_a_policy_that_vanished_is_named_with_its_mailbox(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r'mailgate\.toml: mailbox\.strict\.policy: there is no policy "strict"'):
        load_policies(settings(tmp_path, "strict"))


def test_a_language_without_templates_is_refused_before_a_letter_is_due(tmp_path: Path) -> None:
    own = tmp_path / "policies"
    own.mkdir()
    (own / "mine.toml").write_text('\n[letters]\nlanguage = "fr"\n')
    with pytest.raises(PolicyError, match=r"mine\.toml:3: letters\.language: there are no templates in \"fr\""):
        load_policies(settings(tmp_path, "mine"))
    (tmp_path / "templates" / "letters" / "fr").mkdir(parents=True)
    assert load_policies(settings(tmp_path, "mine"))["mine"].letters.language == "fr"
