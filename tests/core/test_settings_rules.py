"""Settings that would lose, loop or misdeliver mail are refused before anything starts, with line, key and remedy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mailgate.errors import SettingsError
from mailgate.settings import load_settings, read_settings

MAILBOX = '[mailbox.support]\naddress = "support@example.com"\n'
RELAY = '[relay]\nurl = "maildir:sent"\n'
ANN = '[[engineer]]\naddress = "ann@example.net"\nname = "Ann"\n'
DOOR = '[door.mx]\nprotocol = "smtp"\nlisten = "127.0.0.1:2525"\n'


def refused(tmp_path: Path, text: str, **environ: str) -> str:
    file = tmp_path / "mailgate.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_settings(file, environ)
    return str(caught.value).removeprefix(f"{tmp_path}/")


@pytest.mark.parametrize(
    ("door", "said"),
    [
        (
            'protocol = "smpt"\n',
            'protocol: should be "smtp", "lmtp", "imap", "maildir" or "pipe", not "smpt"; did you mean',
        ),
        ('listen = "127.0.0.1:25"\n', "protocol: is missing"),
        ('protocol = "smtp"\n', 'listen: is missing; write where to listen, like "127.0.0.1:2525"'),
        ('protocol = "smtp"\nlisten = "2525"\n', 'listen: should be "host:port", "[IPv6]:port" or "unix:/path"'),
        ('protocol = "smtp"\nlisten = "127.0.0.1:65536"\n', 'listen: should be "host:port"'),
        ('protocol = "smtp"\nlisten = "127.0.0.1:smtp"\n', 'listen: should be "host:port"'),
        ('protocol = "smtp"\nlisten = "::1:2525"\n', 'listen: an IPv6 address stands in brackets: "[::1]:2525"'),
        ('protocol = "smtp"\nlisten = ":2525"\n', 'listen: names no host; write "127.0.0.1:2525"'),
        ('protocol = "lmtp"\nlisten = "unix:"\n', "listen: names no path"),
        ('protocol = "lmtp"\nlisten = "127.0.0.1:25"\n', "listen: LMTP must not be on port 25"),
        ('hostname = "mx example"\n', 'hostname: "mx example" is no host name; write the one that DNS has'),
        ('trust = "upstream"\n', "authserv_id: names no server; write the name that its Authentication-Results begin"),
        ('trust = "upstream"\nauthserv_id = "a b"\n', "authserv_id: names no server"),
        ('authserv_id = "mx"\n', 'authserv_id: stands only with trust = "upstream"; trust is "none"'),
        ('arc_sealers = ["x.test"]\n', 'arc_sealers: stands only with trust = "verify"; trust is "none"'),
        ('trust = "verify"\narc_sealers = ["@x"]\n', 'arc_sealers[1]: should be a domain like "lists.example.org"'),
        ('trust = "verify"\nnetworks = ["10"]\n', 'networks[1]: should be a network like "10.1.0.0/16", not "10"'),
        ('trust = "upstream"\nauthserv_id = "mx"\nnetworks = ["10.1.0.0/16"]\n', "networks: stands only with"),
        ('trust = "network"\n', 'trust: "network" trusts the peers in networks, and there are none'),
        ('trust = "network"\nnetworks = []\n', 'trust: "network" trusts the peers in networks, and there are none'),
        (
            'listen = "unix:run/x.sock"\nprotocol = "lmtp"\ntrust = "network"\nnetworks = ["10.0.0.0/8"]\n',
            'trust: "network" goes by the peer\'s IP address, and a unix socket has none',
        ),
        ('networks = ["10.0.0.0/8"]\n', 'networks: stands only with trust = "network" or "verify"; trust is'),
        (
            'trust = "network"\nnetworks = ["10.0.0.1/8"]\n',
            'networks[1]: "10.0.0.1/8" has bits beyond its mask; did you',
        ),
        ('trust = "network"\nnetworks = ["all"]\n', 'networks[1]: should be a network like "10.1.0.0/16", not "all"'),
        ('password_file = "x"\n', "password_file: belongs to doors that fetch mail (imap, maildir)"),
        ('mailbox = "support"\n', "mailbox: belongs to doors that fetch mail (imap, maildir)"),
        ("max_message_bytes = 10\n", "max_message_bytes: should be 65536 or more, not 10"),
        ('bare_newlines = "keep"\n', 'bare_newlines: should be "refuse" or "normalise", not "keep"'),
        ("[door.mx.limits]\nconnections = 0\n", "limits.connections: should be 1 or more, not 0"),
        ("[door.mx.limits]\nconnections = 9999\n", "limits.connections: should be 5000 or fewer, not 9999"),
        ("[door.mx.limits]\nrecipients = 10\n", "limits.recipients: should be 100 or more, not 10"),
        ("[door.mx.limits]\nsilence_seconds = 0.5\n", "limits.silence_seconds: should be 10 seconds or more, not 0.5"),
        ("[door.mx.limits]\nconections = 1\n", 'limits.conections: unknown key; did you mean "connections"?'),
        ('tls_key_file = "k"\n', "tls_key_file: a key without tls_cert_file"),
        ('lissen = "x"\n', 'lissen: unknown key; did you mean "listen"?'),
        ("[door.mx.oauth]\nclient_id = 'x'\n", "oauth: belongs to doors that fetch mail"),
    ],
)
def test_a_door_that_could_not_work_is_refused(tmp_path: Path, door: str, said: str) -> None:
    if "protocol" not in door and "listen" not in door.replace("lissen", ""):
        door = f'protocol = "smtp"\nlisten = "127.0.0.1:2525"\n{door}'
    fault = refused(tmp_path, f"[door.mx]\n{door}{MAILBOX}{RELAY}")
    file, line, key, why = fault.split(":", 3)
    assert f"{key.removeprefix(' door.mx.')}:{why}".startswith(said)
    assert (file, line.isdigit()) == ("mailgate.toml", True)


IMAP = 'protocol = "imap"\nurl = "imaps://ann@mail.test"\nmailbox = "support"\npassword_file = "p"\n'
OAUTH = IMAP.replace('password_file = "p"\n', "[door.mx.oauth]\n")


@pytest.mark.parametrize(
    ("door", "said"),
    [
        ('protocol = "imap"\n', 'url: should be "imaps://user@host/INBOX"'),
        (IMAP.replace("imaps:", "imap4:"), 'url: should be "imaps://user@host/INBOX"'),
        (IMAP.replace("ann@", ""), "url: names no user"),
        (IMAP.replace("ann@", "ann:secret@"), "url: holds a password"),
        (IMAP.replace("mail.test", "mail.test/A?B"), "url: has more than a host and a folder"),
        (IMAP.replace('"support"', '"suport"'), 'mailbox: there is no mailbox "suport"; did you mean "support"?'),
        (IMAP.replace('mailbox = "support"\n', ""), "mailbox: is missing; name the mailbox that this mail is for"),
        (IMAP.replace('password_file = "p"\n', ""), ": has no way to log in; add password_file, password_command or"),
        (IMAP + 'password_command = "x"\n', "password_command: a second way to log in beside password_file; keep one"),
        (IMAP + 'listen = "127.0.0.1:25"\n', "listen: belongs to doors that listen (smtp, lmtp)"),
        (IMAP + 'trust = "network"\n', 'trust: "network" is about peers'),
        (IMAP + 'bare_newlines = "refuse"\n', "bare_newlines: belongs to doors that listen"),
        (IMAP + "[door.mx.limits]\ncommands = 10\n", "limits: belongs to doors that listen"),
        (IMAP + 'after = "delete"\n', 'after: should be "leave", "flag" or "move", not "delete"'),
        (IMAP + 'after = "move"\nmove_to = "INBOX"\n', "move_to: is the folder that is read"),
        (IMAP + 'after = "move"\nmove_to = ""\n', "move_to: names no folder"),
        (IMAP + 'flag = "\\\\Seen"\n', 'flag: should be a keyword like "$Mailgate"'),
        (IMAP + "poll_seconds = 1\n", "poll_seconds: should be 5 or more, not 1"),
        (IMAP + "stall_minutes = 0\n", "stall_minutes: should be 1 or more, not 0"),
        (IMAP + "max_message_bytes = 10\n", "max_message_bytes: should be 65536 or more"),
        (f"{IMAP}[door.two]\n{IMAP.replace('mx', 'two')}", "url: door.mx reads it already"),
        (OAUTH, "oauth.token_url: is missing; name the token endpoint, or give token_command"),
        (OAUTH + 'token_url = "http://login.test/t"\n', "oauth.token_url: would send the secret in clear"),
        (OAUTH + 'token_url = "login.test"\n', 'oauth.token_url: should be "https://host/path"'),
        (OAUTH + 'token_url = "https://login.test"\n', "oauth.client_id: is missing"),
        (OAUTH + 'token_command = "x"\nscope = "y"\n', "oauth.scope: stands without token_command only"),
        ('protocol = "maildir"\nmailbox = "support"\n', 'url: should be "maildir:FOLDER"'),
        ('protocol = "pipe"\nurl = "maildir:in"\n', "url: belongs to doors that fetch mail (imap, maildir)"),
        ('protocol = "pipe"\nlisten = "127.0.0.1:2525"\n', "listen: belongs to doors that listen (smtp, lmtp)"),
        ('protocol = "pipe"\ntrust = "network"\n', "trust: "),
        ('protocol = "pipe"\ntrust = "upstream"\n', "authserv_id: names no server"),
        (
            'protocol = "pipe"\n[door.second]\nprotocol = "pipe"\n',
            "protocol: door.mx is the pipe already, and there can",
        ),
        (
            'protocol = "maildir"\nmailbox = "support"\nurl = "maildir:in"\npassword_file = "p"\n',
            "password_file: belongs to imap doors",
        ),
    ],
)
def test_a_door_that_could_not_fetch_is_refused(tmp_path: Path, door: str, said: str) -> None:
    file = tmp_path / "mailgate.toml"
    file.write_text(f"{MAILBOX}{RELAY}[door.mx]\n{door}", encoding="utf-8")
    found = [str(fault).split(":", 2)[2].strip() for fault in read_settings(file, {})[1]]
    assert any(re.sub(r"^door\.\w+\.?", "", fault).startswith(said) for fault in found), found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (RELAY, "mailgate.toml: mailbox: is missing"),
        (f"{RELAY}[mailbox]\n", "mailgate.toml:3: mailbox: there is none; add [mailbox.support]"),
        (MAILBOX, "mailgate.toml: relay: is missing"),
        (f"{MAILBOX}[relay]\n", "mailgate.toml:3: relay.url: is missing"),
        (f'{RELAY}[mailbox.support]\naddress = "support"\n', "mailgate.toml:4: mailbox.support.address: should be an"),
        (f'{RELAY}[mailbox.a]\naddress = "A <a@example.com>"\n', "mailgate.toml:4: mailbox.a.address: should be the"),
        (f'{RELAY}[mailbox.a]\naddress = "a@b@example.com"\n', "mailgate.toml:4: mailbox.a.address: should be the"),
        (f'{RELAY}[mailbox.a]\naddress = "a@example..com"\n', "mailgate.toml:4: mailbox.a.address: has a dot too"),
        (
            f'{MAILBOX}{RELAY}[mailbox.help]\naddress = "SUPPORT@example.com"\n',
            "mailgate.toml:6: mailbox.help.address: SUPPORT@example.com is an address of mailbox.support already",
        ),
        (
            f'{MAILBOX}{RELAY}[mailbox.help]\naddress = "h@example.com"\naliases = ["x@example.com",\n"H@example.com"]',
            "mailgate.toml:7: mailbox.help.aliases[2]: H@example.com is an address of mailbox.help already",
        ),
        (
            f'{MAILBOX}policy = "defualt"\n{RELAY}',
            'mailgate.toml:3: mailbox.support.policy: there is no policy "defualt" (policies/defualt.toml',
        ),
        (f'{MAILBOX}policy = "../x"\n{RELAY}', "mailgate.toml:3: mailbox.support.policy: a policy's name is letters"),
        (
            f'{RELAY}[mailbox."a b"]\naddress = "a@example.com"\n',
            'mailgate.toml:3: mailbox."a b": a mailbox\'s name is',
        ),
        (
            f'{MAILBOX}{RELAY}[operator]\naddress = "support@Example.com"\n',
            "mailgate.toml:6: operator.address: support@Example.com is mailbox.support; it should be somebody's own",
        ),
        (
            f'{MAILBOX}subaddress = true\n{RELAY}[operator]\naddress = "Support+ops@example.com"\n',
            "mailgate.toml:7: operator.address: Support+ops@example.com is mailbox.support; it should be somebody",
        ),
        (
            f"{MAILBOX}subaddress = true\n{RELAY}{ANN.replace('ann@example.net', 'support+a+b@example.com')}",
            "mailgate.toml:7: engineer[1].address: support+a+b@example.com is mailbox.support; it should be somebody",
        ),
        (
            MAILBOX + RELAY + ANN + ANN.replace("ann", "Ann"),
            "mailgate.toml:9: engineer[2].address: Ann@example.net stands here twice",
        ),
        (
            f'{MAILBOX}{RELAY}[[engineer]]\naddress = "a@example.net"\nname = "A"\nlevel = 0\n',
            "mailgate.toml:8: engineer[1].level: should be 1 or more, not 0",
        ),
        (f'{MAILBOX}{RELAY}[web]\nurl = "support.example.com"\n', 'mailgate.toml:6: web.url: should be "https://host"'),
        (f'{MAILBOX}{RELAY}[web]\nlisten = "8025"\n', 'mailgate.toml:6: web.listen: should be "host:port"'),
        (f"{MAILBOX}{RELAY}connections = 0\n", "mailgate.toml:5: relay.connections: should be 1 to 100"),
        (
            f"{MAILBOX}{RELAY}[spool]\nmemory_bytes = 1\n",
            "mailgate.toml:6: spool.memory_bytes: should be 65536 or more, not 1",
        ),
        (
            f'{MAILBOX}{RELAY}[spool]\nmax_bytes = 1000000\n[door.mx]\nprotocol = "smtp"\nlisten = "[::1]:2525"\n',
            "mailgate.toml:6: spool.max_bytes: should be 52428800 or more: door.mx takes mails of that size",
        ),
        (
            f"{DOOR}{MAILBOX}{RELAY}{DOOR.replace('mx', 'b')}",
            "mailgate.toml:10: door.b.listen: 127.0.0.1:2525 is taken",
        ),
    ],
)
def test_what_contradicts_itself_is_refused(tmp_path: Path, text: str, said: str) -> None:
    assert refused(tmp_path, text).startswith(said)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("smtp://127.0.0.1:2525", "is our own door.mx"),
        ("smtp://localhost:2525", "is our own door.mx"),
        ("smtp://[::1]:2525", "is our own door.mx"),
        ("localhost:25", 'should be "smtp://host:port", "smtps://user@host:port" or "maildir:FOLDER"'),
        ("stmp://localhost", 'should be "smtp://host:port"'),
        ("smtp://", 'is not "smtp://host:port"'),
        ("smtp://host:x", 'is not "smtp://host:port"'),
        ("smtp://host/path", 'has more than a host and a port; write "smtp://host"'),
        ("maildir:", 'names no folder; write "maildir:sent"'),
        ("maildir:/", 'names no folder; write "maildir:sent"'),
        ("smtps://user:secret@host", "holds a password; put it in a file of its own"),
        ("smtps://user@host", 'logs in as "user", but there is no relay.password_file'),
        ('smtps://host"\npassword_file = "x', "names no user for relay.password_file"),
    ],
)
def test_a_relay_that_cannot_be_is_refused(tmp_path: Path, url: str, said: str) -> None:
    fault = refused(tmp_path, f'{DOOR}{MAILBOX}[relay]\nurl = "{url}"\n')
    assert fault.startswith(f"mailgate.toml:7: relay.url: {said}")
    assert "secret" not in fault


def test_a_relay_on_another_port_or_host_than_our_doors_is_none_of_them(tmp_path: Path) -> None:
    file = tmp_path / "mailgate.toml"
    for url in ("smtp://127.0.0.1:25", "smtp://127.0.0.1", "smtp://mail.example.com:2525"):
        file.write_text(f'{DOOR}{MAILBOX}[relay]\nurl = "{url}"\n')
        assert load_settings(file, {}).relay.url == url


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite://", "names no file"),
        ("sqlite:///", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite:mailgate.db", "names no file"),
        ("postgres://localhost/x", 'should be "sqlite:///FILE" or "postgresql+psycopg://user@host/database" (write'),
        ("postgresql+psycopg2://localhost/x", 'should be "sqlite:///FILE"'),
        ("mysql://localhost/x", 'should be "sqlite:///FILE"'),
        ("mailgate.db", 'should be "sqlite:///FILE"'),
    ],
)
def test_a_store_that_is_none_is_refused(tmp_path: Path, url: str, said: str) -> None:
    assert refused(tmp_path, f'{MAILBOX}{RELAY}[store]\nurl = "{url}"\n').startswith(
        f"mailgate.toml:6: store.url: {said}"
    )


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('raw = "s3:/mail"', '7: store.raw: should be "database" or "s3://bucket/prefix"'),
        ('raw = "s3://MAIL"', "7: store.raw: should be"),
        ('raw = "s3://mail/a b"', "7: store.raw: should be"),
        ('raw = "s3://mail"\n[store.s3]\nendpoint = "s3.example.com"', "9: store.s3.endpoint: should be"),
        ('[store.s3]\nendpoint = "https://me:secret@s3.example.com"', "8: store.s3.endpoint: holds a password"),
        ('[store.s3]\naccess_key = "AK"', "8: store.s3.access_key: there is no secret_file"),
        ('[store.s3]\nsecret_file = "s3_secret"', "8: store.s3.secret_file: whose secret is it?"),
        ("[store.s3]\nleast_bytes = -1", "8: store.s3.least_bytes: should be 0"),
        ("[store.s3]\ntimeout_seconds = 600", "8: store.s3.timeout_seconds: should be 1 to 60"),
    ],
)
def test_an_object_store_that_is_none_is_refused(tmp_path: Path, lines: str, said: str) -> None:
    text = f'{MAILBOX}{RELAY}[store]\nurl = "sqlite:///mailgate.db"\n{lines}\n'
    assert refused(tmp_path, text).startswith(f"mailgate.toml:{said}")


def test_a_fault_in_the_environment_names_the_variable_and_not_the_file(tmp_path: Path) -> None:
    assert refused(tmp_path, MAILBOX + RELAY, MAILGATE_STORE_URL="x").startswith("environment: MAILGATE_STORE_URL: ")
    fault = refused(tmp_path, DOOR + MAILBOX + RELAY, MAILGATE_RELAY_URL="smtp://localhost:2525")
    assert fault.startswith("environment: MAILGATE_RELAY_URL: is our own door.mx")


def test_a_plus_address_is_anybodys_where_the_mailbox_has_no_subaddresses(tmp_path: Path) -> None:
    file = tmp_path / "mailgate.toml"
    file.write_text(f'{MAILBOX}{RELAY}[operator]\naddress = "support+ops@example.com"\n')
    assert load_settings(file, {}).operator == "support+ops@example.com"


def test_all_faults_can_be_had_at_once(tmp_path: Path) -> None:
    file = tmp_path / "mailgate.toml"
    file.write_text(f'{DOOR}trust = "network"\n{MAILBOX}policy = "none"\n[relay]\nurl = "x"\n')
    settings, faults = read_settings(file, {})
    assert settings is None
    assert [fault.key for fault in faults] == ["door.mx.trust", "mailbox.support.policy", "relay.url"]


def test_the_operators_own_policy_stands_before_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "mine.toml").write_text("")
    file = tmp_path / "mailgate.toml"
    file.write_text(f'{MAILBOX}policy = "mine"\n{RELAY}')
    assert load_settings(file, {}).mailboxes["support"].policy == "mine"


@pytest.mark.parametrize(
    ("dns", "said"),
    [
        ('servers = ["ns.example.com"]\n', "dns.servers[1]: should be an IP address, with a port or without"),
        ('servers = ["192.0.2.53", ""]\n', "dns.servers[2]: should be an IP address, with a port or without"),
        ("seconds = 0\n", "dns.seconds: should be 1 to 60, not 0"),
        ("seconds = 600\n", "dns.seconds: should be 1 to 60, not 600"),
    ],
)
def test_a_name_server_that_cannot_be_asked_is_refused(tmp_path: Path, dns: str, said: str) -> None:
    assert said in refused(tmp_path, f"{MAILBOX}{RELAY}[dns]\n{dns}")


def test_name_servers_are_addresses_with_or_without_a_port(tmp_path: Path) -> None:
    file = tmp_path / "mailgate.toml"
    servers = '["192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]:53"]'
    file.write_text(f"{MAILBOX}{RELAY}[dns]\nservers = {servers}\nseconds = 2.5\n")
    assert len(load_settings(file, {}).dns.servers) == 4
