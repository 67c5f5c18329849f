"""`check-config` tells all that is wrong at once, as `serve` would find it, and warns of what is unwise."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from commands import CONFIG, Gate
from mailgate import shipped
from nobody import as_nobody, asker, open_folder, owner
from world import mail


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path)


def warnings(gate: Gate) -> dict[str, str]:
    return {one["key"]: one["why"].replace(str(gate.home), "~") for one in gate.json("check-config")["warnings"]}


def test_a_good_configuration_is_ok_and_its_examples_are_named(gate: Gate) -> None:
    told = gate.out("check-config").replace(str(gate.home), "~").splitlines()
    assert told[-2] == "ok: ~/mailgate.toml"
    assert told[-1].startswith("ok: ")
    assert told[-1].endswith("policies/default.toml")
    assert warnings(gate) == {
        "mailbox.support.address": "support@example.com is a reserved example; no mail will ever come to it",
        "mailbox.sales.address": "sales@example.com is a reserved example; no mail will ever come to it",
        "door": "there is none: mail comes in by `mailgate deliver` alone",
        "relay.url": "letters stay in ~/sent; nobody gets them",
        "contact.telephone": (
            '"+1 202 555 0143" is a reserved example, and customers are told to call it; copy the file to '
            "~/policies/default.toml and change it there"
        ),
    }


def test_ones_own_policy_ends_the_warning_about_the_telephone(gate: Gate) -> None:
    (gate.home / "policies").mkdir()
    own = gate.home / "policies" / "default.toml"
    text = (shipped.folder("config") / "policies" / "default.toml").read_text(encoding="utf-8")
    own.write_text(text)
    assert "contact.telephone" in warnings(gate)
    own.write_text(text.replace("+1 202 555 0143", "+49 30 901820"))
    assert "contact.telephone" not in warnings(gate)
    assert gate.json("check-config")["files"] == [str(gate.config), str(own)]


def test_all_errors_of_all_files_are_told_at_once(gate: Gate) -> None:
    (gate.home / "policies").mkdir()
    (gate.home / "policies" / "broken.toml").write_text('zone = "Mars"\n[intake]\nloop = "accept"\n')
    gate.config.write_text(CONFIG.replace("subaddress", "subadress") + "[relayy]\n")
    no_letter = 'no letter may answer a machine; should be one of "hold", "quiet"'
    result = gate.run("check-config")
    assert result.exit_code == 1
    assert result.stderr.replace(str(gate.home), "~").splitlines() == [
        'Error: ~/mailgate.toml:4: mailbox.support.subadress: unknown key; did you mean "subaddress"?',
        'Error: ~/mailgate.toml:11: relayy: unknown key; did you mean "relay"?',
        'Error: ~/policies/broken.toml:1: zone: "Mars" is no IANA time zone; write one like "Europe/Berlin", or "UTC"',
        f'Error: ~/policies/broken.toml:3: intake.loop: cannot be "accept": {no_letter}',
    ]
    result = gate.run("check-config", "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, result.stderr, told["ok"]) == (1, "", False)
    assert [(Path(one["file"]).name, one["line"], one["key"]) for one in told["errors"]] == [
        ("mailgate.toml", 4, "mailbox.support.subadress"),
        ("mailgate.toml", 11, "relayy"),
        ("broken.toml", 1, "zone"),
        ("broken.toml", 3, "intake.loop"),
    ]


def test_a_template_of_ones_own_that_does_not_work_is_an_error(gate: Gate) -> None:
    letters = gate.home / "templates" / "letters" / "en"
    letters.mkdir(parents=True)
    (letters / "confirmation.txt.j2").write_text("Hello {{ nmae }}\n")
    result = gate.run("check-config")
    assert result.exit_code == 1
    assert "confirmation.txt.j2" in result.stderr
    assert "nmae" in result.stderr
    (letters / "confirmation.txt.j2").rename(letters / "confirmaton.txt.j2")
    error = gate.error("check-config")
    assert error.startswith("~/templates/letters/en/confirmaton.txt.j2: nothing uses this file; did you mean")


def test_a_language_without_letters_is_an_error(gate: Gate) -> None:
    (gate.home / "policies").mkdir()
    (gate.home / "policies" / "default.toml").write_text('[letters]\nlanguage = "fr"\n')
    assert 'letters.language: there are no templates in "fr"' in gate.error("check-config")


def test_words_that_a_language_of_letters_lacks_are_warned_of(gate: Gate) -> None:
    (gate.home / "policies").mkdir()
    policy = gate.home / "policies" / "default.toml"
    policy.write_text('[letters]\nlanguages = ["de"]\n')
    told = warnings(gate)["letters.languages[1]"]
    assert "next_step, priority 1, priority 2, priority 3, priority 4; say them in [translation.de]" in told
    words = '[translation.de]\nhours = "immer"\nneutral_subject = "Ihre Anfrage"\nnext_step = "Wir melden uns."\n'
    each = "".join(
        f'[[translation.de.priority]]\nlevel = {level}\nname = "P"\ndefinition = "D"\n' for level in range(1, 5)
    )
    policy.write_text(f'[letters]\nlanguages = ["de"]\n{words}{each}')
    assert not [key for key in warnings(gate) if key.startswith("letters")]


def test_errors_are_the_last_lines_that_are_told(gate: Gate) -> None:
    (gate.home / "policies").mkdir()
    (gate.home / "policies" / "default.toml").write_text("[retention]\nraw_days = 3\n")
    told = gate.run("check-config").output.splitlines()
    assert told[-1].startswith("Error: ")
    assert f"ok: {gate.config}" in told


def test_a_place_for_the_pages_that_cannot_be_is_an_error(gate: Gate) -> None:
    for listen, why in (("unix:none/web.sock", "there is no folder"), ("127.0.0.1:2525", "is taken by door.a")):
        gate.config.write_text(CONFIG + DOOR + f'[web]\nlisten = "{listen}"\n')
        error = gate.error("check-config")
        assert "web.listen" in error
        assert why in error


DOOR = '[door.a]\nprotocol = "smtp"\nlisten = "127.0.0.1:2525"\n'
IMAP = '[door.in]\nprotocol = "imap"\nurl = "imaps://a@mail.test"\nmailbox = "support"\npassword_file = "none"\n'
NETWORK = DOOR + 'trust = "network"\nnetworks = ["{}"]\n'


@pytest.mark.parametrize(
    ("more", "key", "why"),
    [
        (NETWORK.format("10.0.0.0/8"), "door.a.trust", "never one that takes mail from the internet"),
        (NETWORK.format("::/0"), "door.a.trust", "::/0 is everybody"),
        ('[web]\nlisten = "0.0.0.0:8025"\n', "web.listen", "no password is asked for"),
        (
            '[door.in]\nprotocol = "imap"\nurl = "imaps://a@mail.test"\nmailbox = "support"\npassword_file = "none"\n',
            "operator",
            "nobody is told when a mailbox cannot be read",
        ),
        (
            '[door.in]\nprotocol = "imap"\nurl = "imaps://a@mail.test"\nmailbox = "support"\npassword_file = "none"\n',
            "door.in.password_file",
            "there is no",
        ),
        ('[[engineer]]\naddress = "ann@x.net"\nname = "Ann"\n', "engineer", "no door authenticates senders"),
        (
            DOOR + '[[engineer]]\naddress = "ann@x.net"\nname = "Ann"\n',
            "engineer",
            "(authority.engineer of policy default",
        ),
        (
            IMAP + 'ca_file = "mailgate.toml"\n',
            "door.in.ca_file",
            "holds no certificate in PEM",
        ),
        ('[web]\nurl = "https://x.net"\n', "web.url", "every letter carries a link that leads nowhere"),
    ],
)
def test_what_is_unwise_or_without_effect_is_warned_of(gate: Gate, more: str, key: str, why: str) -> None:
    gate.config.write_text(CONFIG + more)
    assert why in warnings(gate)[key]


@pytest.mark.parametrize(
    ("more", "policy"),
    [
        (NETWORK.format("10.1.0.0/16") + '[door.b]\nprotocol = "lmtp"\nlisten = "127.0.0.1:2424"\n', ""),
        (DOOR, '[authority.engineer]\nrelay = "token"\ncommands = "either"\n'),
    ],
)
def test_engineers_are_no_matter_where_a_door_tells_who_writes_or_a_policy_asks_for_no_door(
    gate: Gate, more: str, policy: str
) -> None:
    (gate.home / "policies").mkdir()
    (gate.home / "policies" / "default.toml").write_text(policy)
    gate.config.write_text(CONFIG + more + '[[engineer]]\naddress = "ann@x.net"\nname = "Ann"\n')
    assert "engineer" not in warnings(gate)


def test_a_relay_is_looked_at_with_its_password(gate: Gate) -> None:
    relay = 'url = "smtp://gate@mail.x.net:587"\nstarttls = "off"\npassword_file = "pw"\n'
    gate.config.write_text(CONFIG.replace('url = "maildir:sent"\n', relay))
    assert warnings(gate)["relay.starttls"] == "letters and passwords go to mail.x.net in clear"
    assert warnings(gate)["relay.password_file"] == "there is no ~/pw"
    (gate.home / "pw").write_text("secret")
    (gate.home / "pw").chmod(0o644)
    assert warnings(gate)["relay.password_file"] == "others on this machine can read ~/pw; chmod 600 it"
    (gate.home / "pw").chmod(0o600)
    assert "relay.password_file" not in warnings(gate)


def test_a_warning_names_its_line_as_an_error_does(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    said = gate.out("check-config").replace(str(gate.home), "~").splitlines()
    assert said[0].startswith("warning: ~/mailgate.toml: door: there is none")
    assert said[1].startswith("warning: ~/mailgate.toml:2: mailbox.support.address: support@example.com is a reserved")
    assert said[3].startswith("warning: ~/mailgate.toml:10: relay.url: letters stay in ~/sent")
    lines = {one["key"]: one["line"] for one in gate.json("check-config")["warnings"]}
    default = (shipped.folder("config") / "policies" / "default.toml").read_text(encoding="utf-8").splitlines()
    assert lines == {
        "door": None,
        "mailbox.support.address": 2,
        "mailbox.sales.address": 7,
        "relay.url": 10,
        "contact.telephone": next(n for n, line in enumerate(default, 1) if line.startswith("telephone")),
    }
    monkeypatch.setenv("MAILGATE_RELAY_URL", "maildir:elsewhere")
    assert "warning: environment: MAILGATE_RELAY_URL: letters stay in ~/elsewhere" in gate.out("check-config").replace(
        str(gate.home), "~"
    )


def test_a_database_is_looked_at_and_none_is_made(gate: Gate) -> None:
    gate.out("check-config")
    assert not (gate.home / "mailgate.db").exists()
    with gate.world() as world:
        world.receive(mail())
    gate.out("check-config")
    with closing(sqlite3.connect(gate.home / "mailgate.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
    said = gate.error("check-config")
    assert said.startswith("~/mailgate.toml: store.url: sqlite:///~/mailgate.db: its schema 9999 is newer than ")
    (gate.home / "mailgate.db").write_bytes(b"This is a letter to my aunt. " * 100)
    assert gate.error("check-config").startswith("~/mailgate.toml: store.url: ~/mailgate.db: file is not a database; ")


def test_policies_can_be_checked_alone_by_name_or_file(gate: Gate) -> None:
    assert gate.out("policy", "check").endswith("policies/roxen.toml\n")
    assert gate.json("policy", "check", "default")["ok"]
    file = gate.home / "draft.toml"
    file.write_text("[closing]\nreopen_day = 3\n")
    error = gate.error("policy", "check", str(file))
    assert error == '~/draft.toml:2: closing.reopen_day: unknown key; did you mean "reopen_days"?'
    assert gate.error("policy", "check", "aveska", code=3) == 'there is no policy "aveska"; did you mean "aveksa"?'
    assert gate.error("policy", "check", "./nosuch.toml") == "nosuch.toml: there is no such file"


def test_settings_that_may_not_be_read_are_no_wrong_usage_but_a_fault_of_that_file() -> None:
    with open_folder() as folder:
        gate = Gate(folder)
        for words in (["check-config"], ["db", "upgrade"], ["case", "list"]):
            gate.out(*words)  # what they import may lie where nobody may read
        gate.config.chmod(0)
        wanted = f"~/mailgate.toml: belongs to {owner()} (mode 0), and this runs as {asker()}; run it as {owner()}, or"
        for words in (["check-config"], ["case", "list"]):
            assert as_nobody(partial(gate.error, *words)).startswith(wanted)


def test_settings_that_are_not_there_are_an_error_in_words(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    gate.config.unlink()
    assert gate.error("check-config") == "~/mailgate.toml: there is no such file"
    assert gate.error("case", "list") == "~/mailgate.toml: there is no such file"


def test_a_policy_that_does_not_go_with_the_settings_is_an_error_and_its_examples_are_warned_of(gate: Gate) -> None:
    gate.config.write_text(CONFIG.replace("subaddress = true", 'subaddress = true\npolicy = "beyondtrust"'))
    told = warnings(gate)
    assert told["escalation.address"].startswith(
        "escalations@example.com comes to no mailbox of ours, so no mail to it"
    )
    assert told["escalation.rung[1].to[1]"].startswith("supervisor@example.net is a reserved example; no letter to it")
    (gate.home / "policies").mkdir()
    own = gate.home / "policies" / "beyondtrust.toml"
    own.write_text(
        '[escalation]\naddress = "support@example.com"\n[account]\ncsm = "sales@example.com"\n'
        '[[escalation.rung]]\nname = "head"\nto = ["head@x.net"]\n'
    )
    result = gate.run("check-config")
    assert result.exit_code == 1
    assert [line.partition("beyondtrust.toml:")[2] for line in result.stderr.splitlines()] == [
        (
            "2: escalation.address: support@example.com is the address of mailbox.support: each mail would escalate; "
            "write an alias"
        ),
        "4: account.csm: sales@example.com is mailbox.sales; it should be an address where people of yours read",
    ]
    own.write_text('[escalation]\naddress = "help@example.com"\n')
    assert "escalation.address" not in warnings(gate)


def test_a_mailbox_that_the_settings_have_lost_is_named_with_what_hangs_on_it(gate: Gate) -> None:
    with gate.world() as world:
        world.receive(mail(), to="sales@example.com")
        world.receive(mail(message_id="<2@customer.test>"), to="sales@example.com", process=False)
    assert "mailbox.sales" not in warnings(gate)
    gate.config.write_text(re.sub(r"\[mailbox\.sales\]\naddress = .*\n", "", gate.config.read_text()))
    assert warnings(gate)["mailbox.sales"].startswith(
        "is gone, and things of it are there (cases: 1, mails that wait or were put aside: 1); put it back"
    )
