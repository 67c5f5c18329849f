"""Accounts and contacts as a person keeps them: in a file, by CSV, by command; and what is refused, row by row."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import Gate
from world import mail

FILE = """\
[[account]]
name = "Filed Ltd"
domains = ["filed.test"]
csm = "carol@engineers.test"

[[contact]]
account = "filed ltd"
address = "ann@filed.test"
name = "Ann"
"""

ROWS = (
    "account,domains,contract_from,contract_until,licences,csm,mailboxes,address,name,telephone,admin,preferred\n"
    "Example Ltd,Customer.test;example.test,2026-01-01,2026-12-31,50 desktops;5 servers,carol@engineers.test,support,"
    'ann@customer.test,"Lee, Ann",+1 202 555 0199,yes,by mail\n'
    "example ltd,,,,,,,bob@customer.test,Bob,,no,\n"
    "Acme,acme.test,,2027-06-30,,,,,,,,\n"
)

LADDER = """
[escalation]
[[escalation.rung]]
name = "Duty manager"
to = ["duty@engineers.test"]

[account]
csm = "desk@engineers.test"
"""


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    gate = Gate(tmp_path)
    gate.out("db", "upgrade")
    return gate


def rows(gate: Gate, text: str) -> str:
    file = gate.home / "rows.csv"
    file.write_text(text)
    return str(file)


def faults(gate: Gate, text: str) -> list[str]:
    """What an import of these rows complains of, after the file's name; it changes nothing."""
    before = gate.json("contact", "list")
    result = gate.run("contact", "import", rows(gate, text))
    assert result.exit_code == 1
    assert gate.json("contact", "list") == before
    *lines, last = result.stderr.splitlines()
    assert last.startswith(f"Error: nothing was imported: {len(lines)} faults in ")
    return [line.removeprefix(f"{gate.home}/rows.csv:") for line in lines]


def test_rows_become_accounts_and_contacts_and_a_second_import_changes_what_it_names(gate: Gate) -> None:
    file = rows(gate, ROWS)
    told = "would import: 2 accounts (2 new), 2 contacts (2 new)\n"
    assert gate.out("contact", "import", "--dry-run", file) == told
    assert gate.json("contact", "list") == []
    assert gate.out("contact", "import", file) == "imported: 2 accounts (2 new), 2 contacts (2 new)\n"
    acme, example = gate.json("contact", "list")
    assert (acme["account"], acme["domains"], acme["contract_from"], acme["contacts"]) == (
        "Acme",
        ["acme.test"],
        None,
        [],
    )
    ann, bob = example.pop("contacts")
    assert example == {
        "account": "Example Ltd",
        "status": "normal",
        "domains": ["customer.test", "example.test"],
        "contract_from": "2026-01-01",
        "contract_until": "2026-12-31",
        "licences": ["50 desktops", "5 servers"],
        "csm": "carol@engineers.test",
        "mailboxes": ["support"],
        "source": "store",
    }
    assert ann == {
        "address": "ann@customer.test",
        "name": "Lee, Ann",
        "telephone": "+1 202 555 0199",
        "admin": True,
        "language": "",
        "preferred": "by mail",
    }
    assert (bob["name"], bob["admin"]) == ("Bob", False)
    more = "account,contract_until,address,admin\nExample Ltd,2027-12-31,bob@customer.test,yes\n"
    assert gate.out("contact", "import", rows(gate, more)) == "imported: 1 accounts (0 new), 1 contacts (0 new)\n"
    (example,) = gate.json("contact", "list", "EXAMPLE LTD")
    assert (example["contract_from"], example["contract_until"]) == ("2026-01-01", "2027-12-31")
    assert [(one["name"], one["admin"]) for one in example["contacts"]] == [("Lee, Ann", True), ("Bob", True)]
    assert [line["text"] for line in example["history"]] == ["imported or changed"] * 2


def test_every_fault_of_a_file_is_told_with_its_row_and_nothing_is_imported(gate: Gate) -> None:
    text = (
        "account,domains,contract_from,contract_until,csm,mailboxes,address,name,telephone,admin\n"
        "Example Ltd,gmail.com,2026-13-01,,support@example.com,nowhere,ann,,,perhaps\n"
        ",,,,,,bob@customer.test,,,\n"
        "Acme,no domain,2026-12-31,2026-01-01,,,,Cat,,\n"
        '"=HYPERLINK(""http://evil.test"")",,,,,,,,,\n'
        'Corp,,,,,,dan@corp.test,"Dan\nBcc: eve@evil.test",,\n'
        "Corp,,,,,,DAN@corp.test,@SUM(A1),,\n"
        "Two,corp.test,,,,,,,,\n"
        "Three,corp.test,,,,,,,,\n"
        "Three,,,,eve@x.test,,,,,,extra\n"
    )
    said = "\n".join(faults(gate, text))
    for expected in (
        '2: contract_from: "2026-13-01" is no day',
        '2: admin: should be yes or no, not "perhaps"',
        "2: domains: everybody can have an address at gmail.com",
        "2: csm: support@example.com is a mailbox of ours",
        '2: mailboxes: there is no mailbox "nowhere"; there: sales, support',
        '2: address: should be an address like "support@example.com", not "ann"',
        "3: account: is missing",
        "4: address: is missing: name of whom?",
        '5: account: an account cannot begin with "="',
        "7: name: a name is one line of plain text",
        '8: name: a name cannot begin with "@"',
        "8: address: DAN@corp.test stands here twice",
        '10: domains: corp.test is a domain of the account "two" already',
        "11: has 11 cells, and there are 10 columns",
    ):
        assert expected in said


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", '1: the first row should name the columns; "account" is missing'),
        ("account;address\nx;y\n", "1: the columns should be separated by commas, not semicolons"),
        ("account,adress\n", '1: there is no column "adress"; did you mean "address"?'),
        ("account,account\n", '1: the column "account" stands here twice'),
        ('account\n"never closed\n', "2: is not CSV: unexpected end of data"),
        (f"account\n{'x' * 300_000}\n", "2: is not CSV: field larger than field limit (131072)"),
        ("account,csm\nA,a@x.test\nA,b@x.test\n", '3: csm: another row says something else of "A"'),
    ],
)
def test_what_is_wrong_with_a_file_is_said(gate: Gate, text: str, why: str) -> None:
    assert faults(gate, text) == [why]


def test_an_address_and_a_domain_belong_to_one_account(gate: Gate) -> None:
    gate.out("contact", "import", rows(gate, ROWS))
    assert faults(gate, "account,address\nAcme,Bob@customer.test\n") == [
        '2: address: Bob@customer.test is a contact of "Example Ltd"; remove it there first'
    ]
    assert faults(gate, "account,domains\nAcme,example.test\n") == [
        '2: domains: example.test is a domain of the account "example ltd" already'
    ]
    # One import may move it: only what comes out at the end counts.
    moved = "account,domains\nAcme,acme.test;example.test\nExample Ltd,customer.test\n"
    gate.out("contact", "import", rows(gate, moved))
    assert [row["domains"] for row in gate.json("contact", "list")] == [
        ["acme.test", "example.test"],
        ["customer.test"],
    ]


def test_what_stands_in_the_file_is_shown_and_changed_there_alone(gate: Gate) -> None:
    (gate.home / "contacts.toml").write_text(FILE)
    (filed,) = gate.json("contact", "list")
    assert (filed["account"], filed["source"], filed["contacts"][0]["address"]) == (
        "Filed Ltd",
        "file",
        "ann@filed.test",
    )
    in_file = '"Filed Ltd" stands in contacts.toml; change it there'
    assert gate.error("contact", "set", "Filed Ltd", "--csm", "eve@engineers.test") == f"account: {in_file}"
    assert faults(gate, "account,domains\nOther,filed.test\n") == [
        '2: domains: filed.test is a domain of the account "filed ltd" already'
    ]
    assert faults(gate, "account,address\nOther,ann@filed.test\n") == [
        '2: address: ann@filed.test stands in contacts.toml, as a contact of "filed ltd"'
    ]
    with gate.world():
        pass
    assert gate.out("contact", "set", "Filed Ltd", "--status", "escalated").startswith(
        "Filed Ltd: status escalated; told:"
    )


@pytest.mark.parametrize(
    ("text", "where", "why"),
    [
        ('[[account]]\nname = "A"\ndomain = ["x.test"]\n', "3: account[1].domain", 'did you mean "domains"?'),
        (
            '[[account]]\nname = "A"\ndomains = ["gmail.com"]\n',
            "3: account[1].domains",
            "everybody can have an address",
        ),
        ('[[account]]\nname = "A"\n[[account]]\nname = "a"\n', "4: account[2].name", 'there is an account "a" already'),
        ('[[contact]]\naccount = "B"\naddress = "b@x.test"\n', "2: contact[1].account", 'no [[account]] "B"'),
        ('[[account]]\nname = "A"\ncontract_until = "soon"\n', "3: account[1].contract_until", "date"),
    ],
)
def test_a_fault_in_the_file_is_told_with_its_line_and_key(gate: Gate, text: str, where: str, why: str) -> None:
    (gate.home / "contacts.toml").write_text(text)
    told = gate.run("check-config").stderr.replace(str(gate.home), "~")
    assert f"Error: ~/contacts.toml:{where}: " in told
    assert why in told
    assert gate.error("contact", "list").startswith(f"~/contacts.toml:{where}: ")


def test_accounts_and_contacts_are_added_set_and_removed(gate: Gate) -> None:
    gate.out("contact", "add", "Example Ltd", "--domain", "@Customer.test", "--contract-until", "2026-12-31")
    assert gate.out("contact", "add", "Example Ltd", "Ann@customer.test", "--name", "Ann", "--admin") == (
        "added: Ann@customer.test, of Example Ltd\n"
    )
    there = "is there already; change it with `mailgate contact set`"
    assert gate.error("contact", "add", "example ltd") == f"example ltd {there}"
    assert gate.error("contact", "add", "Other", "ann@Customer.test") == f"ann@Customer.test {there}"
    gate.out("contact", "set", "ann@customer.test", "--telephone", "+1 202 555 0100", "--no-admin")
    gate.out("contact", "set", "ann@customer.test", "--language", "de", "--preferred", "by mail")
    assert '"deutsch"' in gate.error("contact", "set", "ann@customer.test", "--language", "deutsch")
    gate.out("contact", "set", "Example Ltd", "--contract-until", "", "--csm", "carol@engineers.test")
    (row,) = gate.json("contact", "list")
    assert (row["contract_until"], row["csm"], row["domains"]) == (None, "carol@engineers.test", ["customer.test"])
    contact = {"address": "Ann@customer.test", "name": "Ann", "telephone": "+1 202 555 0100", "admin": False}
    assert row["contacts"] == [contact | {"language": "de", "preferred": "by mail"}]
    assert "Ann@customer.test  (Ann, +1 202 555 0100, by mail, de)" in gate.out("contact", "list")
    would = "Example Ltd with 1 contacts\n"
    assert gate.out("contact", "remove", "example ltd", "--dry-run") == f"would remove: {would}"
    assert (
        gate.out("contact", "remove", "ann@customer.test") == "removed: Ann@customer.test, a contact of Example Ltd\n"
    )
    gate.out("contact", "remove", "example ltd")
    assert gate.json("contact", "list") == []
    for verb in (("set", "nobody@x.test", "--name", "x"), ("remove", "Nobody")):
        assert "`mailgate contact list` shows all" in gate.error("contact", *verb, code=3)
    assert gate.error("contact", "set", "Example Ltd", code=3).startswith("there is no account or contact")
    assert gate.error("contact", "add", "A", "--contract-from", "soon", code=2).endswith("write one like 2026-12-31")


def test_an_escalated_account_is_told_once_and_its_new_cases_say_so(gate: Gate) -> None:
    policies = gate.home / "policies"
    policies.mkdir()
    (policies / "default.toml").write_text(LADDER)
    gate.out("contact", "add", "Example Ltd", "--domain", "customer.test", "--csm", "carol@engineers.test")
    with gate.world() as world:
        world.receive(mail())
    escalate = ("contact", "set", "Example Ltd", "--status", "escalated", "--reason", "Third outage.")
    told = "Example Ltd: status escalated; told: carol@engineers.test, duty@engineers.test\n"
    assert gate.out(*escalate) == told
    assert gate.out(*escalate) == "Example Ltd: it was so already\n"
    letters = [letter for letter in gate.json("outbox", "list") if letter["kind"] == "account_escalated"]
    assert [(one["to"], one["subject"], one["case"]) for one in letters] == [
        ("duty@engineers.test", "Example Ltd: escalated", None),
        ("carol@engineers.test", "Example Ltd: escalated", None),
    ]
    words = gate.out("outbox", "show", str(letters[0]["id"]))
    assert "The account Example Ltd has been escalated: Third outage." in words
    assert "Reply-To:" not in words
    with gate.world() as world:
        world.receive(mail(message_id="<2@customer.test>"))
        before, after = (str(case["number"]) for case in world.cases)
    assert gate.json("case", "show", before)["account_status"] == "normal"
    assert gate.json("case", "show", after)["account_status"] == "escalated"
    assert "contact: ann@customer.test, of Example Ltd, escalated then" in gate.out("case", "show", after)
    gate.out("case", "set", after, "--escalate")
    (inner,) = [letter for letter in gate.json("outbox", "list") if letter["kind"] == "escalated"]
    assert "Account: Example Ltd (escalated)" in gate.out("outbox", "show", str(inner["id"]))
    assert gate.out("contact", "set", "Example Ltd", "--status", "normal") == "Example Ltd: status normal\n"
    # Escalated anew, it is told anew.
    assert gate.out("contact", "set", "Example Ltd", "--status", "escalated").endswith("duty@engineers.test\n")
    (row,) = gate.json("contact", "list", "Example Ltd")
    assert [line["text"] for line in row["history"]][1:] == [
        "status: escalated: Third outage.",
        "status: normal",
        "status: escalated",
    ]


def test_an_account_is_asked_for_approved_by_its_csm_and_finished_by_a_link(gate: Gate) -> None:
    policies = gate.home / "policies"
    policies.mkdir()
    (policies / "default.toml").write_text(LADDER)
    gate.out("contact", "add", "Example Ltd", "--domain", "customer.test", "--csm", "carol@engineers.test")
    ask = ("contact", "ask", "--mailbox", "support", "--telephone", "+1 202 555 0100", "--preferred", "telephone")
    told = gate.out(*ask, "Ann@Customer.test", "--name", "Ann")
    number = told[1:11]
    assert told == f"#{number}: opened; told: carol@engineers.test\n"
    assert gate.out(*ask, "eve@stranger.test").endswith("opened; told: desk@engineers.test\n")
    case = gate.json("case", "show", number)
    assert (case["kind"], case["account"], case["subject"]) == (
        "Account",
        "Example Ltd",
        "Account for Ann@customer.test",
    )
    first = gate.json("outbox", "list")[-1]
    words = gate.out("outbox", "show", str(first["id"]))
    assert ("+1 202 555 0100" in words, "Preferred contact: telephone" in words) == (True, True)
    link = "https://support.example.com/account?t=1"
    assert gate.out("case", "approve", number, "--link", link) == f"#{number}: approved; told: Ann@customer.test\n"
    ready = gate.json("outbox", "list")[0]
    assert (ready["kind"], ready["to"]) == ("account_ready", "Ann@customer.test")
    assert link in gate.out("outbox", "show", str(ready["id"]))
    assert gate.error("case", "approve", number, "--link", "javascript:alert(1)", code=2).startswith("--link should be")
    with gate.world() as world:
        world.receive(mail())
        other = str(world.cases[-1]["number"])
    assert gate.error("case", "approve", other, "--link", link) == f"case {other} asks for no account"


def test_what_is_asked_cannot_hold_a_header_or_our_own_address(gate: Gate) -> None:
    ask = ("contact", "ask", "--mailbox", "support")
    assert (
        gate.error(*ask, "a@x.test", "--telephone", "1\nBcc: e@x.test")
        == "telephone: a telephone is one line of plain text"
    )
    assert gate.error(*ask, "support@example.com").endswith("it should be somebody's own address")
    assert gate.error("contact", "ask", "a@x.test", code=2) == "say which mailbox: --mailbox support | sales"
    assert gate.json("case", "list") == []
