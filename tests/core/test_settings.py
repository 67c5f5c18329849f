"""The deployment file becomes settings in which nothing is relative any more; whoever asks for a mailbox gets it."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate import shipped
from mailgate.door_settings import Door, OAuth
from mailgate.places import ImapPlace, imap_place
from mailgate.roster import Engineer
from mailgate.settings import Mailbox, RelaySettings, Settings, StoreSettings, load_settings

SMALL = '[mailbox.support]\naddress = "support@example.com"\n[relay]\nurl = "maildir:sent"\n'


def write(folder: Path, text: str) -> Path:
    file = folder / "mailgate.toml"
    file.write_text(text, encoding="utf-8")
    return file


def of(*mailboxes: Mailbox) -> Settings:
    return Settings(Path("/x"), RelaySettings("maildir:/x"), {mailbox.name: mailbox for mailbox in mailboxes}, {})


def test_the_smallest_file_is_a_mailbox_and_a_relay(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, SMALL), {})
    assert settings == Settings(
        path=tmp_path / "mailgate.toml",
        relay=RelaySettings(f"maildir:{tmp_path}/sent"),
        mailboxes={"support": Mailbox("support", "support@example.com")},
        doors={},
        store=StoreSettings(f"sqlite:///{tmp_path}/mailgate.db"),
    )


def test_every_key_of_this_version_arrives(tmp_path: Path) -> None:
    text = """
    [store]
    url = "postgresql://gate@localhost/mailgate"
    [door.mx]
    protocol = "smtp"
    listen = "[::1]:2525"
    trust = "network"
    networks = ["10.1.0.0/16", "2001:db8::/32"]
    max_message_bytes = 1000000
    tls_cert_file = "cert.pem"
    tls_key_file = "/keys/key.pem"
    [door.local]
    protocol = "lmtp"
    listen = "unix:run/lmtp.sock"
    [door.inbox]
    protocol = "imap"
    url = "imaps://support%40example.com@mail.example.com:9993/Lists/To%20do"
    mailbox = "support"
    after = "move"
    move_to = "Done"
    flag = "$Done"
    poll_seconds = 10
    stall_minutes = 5
    ca_file = "ca.pem"
    [door.inbox.oauth]
    token_url = "https://login.example.com/token"
    client_id = "us"
    client_secret_file = "imap_secret"
    scope = "mail"
    mechanism = "oauthbearer"
    [door.box]
    protocol = "maildir"
    url = "maildir:in"
    mailbox = "support"
    [mailbox.support]
    address = "Support@Example.com"
    aliases = ["help@example.com"]
    subaddress = true
    policy = "default"
    [relay]
    url = "smtps://user@mail.example.com"
    connections = 2
    starttls = "verify"
    ca_file = "ca.pem"
    password_file = "relay_password"
    [operator]
    address = "postmaster@example.net"
    [web]
    listen = "127.0.0.1:8025"
    url = "https://support.example.com/"
    [[engineer]]
    address = "ann@example.net"
    name = "Ann"
    level = 2
    """
    settings = load_settings(write(tmp_path, text), {})
    assert settings.store.url == "postgresql+psycopg://gate@localhost/mailgate"
    assert settings.doors == {
        "mx": Door(
            "mx",
            "smtp",
            "[::1]:2525",
            "network",
            ("10.1.0.0/16", "2001:db8::/32"),
            1_000_000,
            tmp_path / "cert.pem",
            Path("/keys/key.pem"),
        ),
        "local": Door("local", "lmtp", f"unix:{tmp_path}/run/lmtp.sock"),
        "inbox": Door(
            "inbox",
            "imap",
            url="imaps://support%40example.com@mail.example.com:9993/Lists/To%20do",
            mailbox="support",
            oauth=OAuth("https://login.example.com/token", "us", tmp_path / "imap_secret", "mail", "", "oauthbearer"),
            ca_file=tmp_path / "ca.pem",
            after="move",
            flag="$Done",
            move_to="Done",
            poll_seconds=10,
            stall_minutes=5,
        ),
        "box": Door("box", "maildir", url=f"maildir:{tmp_path}/in", mailbox="support"),
    }
    place = imap_place(settings.doors["inbox"].url)
    assert place == ImapPlace("mail.example.com", 9993, tls=True, user="support@example.com", folder="Lists/To do")
    assert imap_place("imap://a@b@[::1]") == ImapPlace("::1", 143, tls=False, user="a@b", folder="INBOX")
    assert settings.mailboxes["support"] == Mailbox("support", "Support@Example.com", ("help@example.com",), True)
    assert settings.relay == RelaySettings(
        "smtps://user@mail.example.com", 2, "verify", tmp_path / "ca.pem", tmp_path / "relay_password"
    )
    assert (settings.operator, settings.web.listen) == ("postmaster@example.net", "127.0.0.1:8025")
    assert settings.web.url == "https://support.example.com", "a link is made by adding a path"
    assert settings.engineers == (Engineer("ann@example.net", "Ann", 2),)


def test_a_relative_file_name_is_relative_to_where_we_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, SMALL)
    monkeypatch.chdir(tmp_path)
    settings = load_settings("mailgate.toml", {})
    assert settings.path == tmp_path / "mailgate.toml"
    assert settings.store.url == f"sqlite:///{tmp_path}/mailgate.db"


def test_the_environment_overrides_the_store_and_the_relay(tmp_path: Path) -> None:
    environ = {"MAILGATE_STORE_URL": "sqlite:///other.db", "MAILGATE_RELAY_URL": "smtp://relay.example.net:2526"}
    settings = load_settings(write(tmp_path, SMALL), environ)
    assert settings.store.url == f"sqlite:///{tmp_path}/other.db"
    assert settings.relay.url == "smtp://relay.example.net:2526"
    assert load_settings(write(tmp_path, SMALL), {"MAILGATE_STORE_URL": ""}).store.url.endswith("mailgate.db")


def test_an_absolute_sqlite_file_stays_and_keeps_its_options(tmp_path: Path) -> None:
    for url in ("sqlite:////var/lib/mailgate/m.db", "sqlite:////var/lib/mailgate/m.db?timeout=3"):
        assert load_settings(write(tmp_path, SMALL), {"MAILGATE_STORE_URL": url}).store.url == url


def test_systemd_credentials_come_before_files_beside_the_settings(tmp_path: Path) -> None:
    text = SMALL.replace('"maildir:sent"', '"smtps://user@mail.example.com"\npassword_file = "relay_password"')
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    environ = {"CREDENTIALS_DIRECTORY": str(credentials)}
    assert load_settings(write(tmp_path, text), environ).relay.password_file == tmp_path / "relay_password"
    (credentials / "relay_password").write_text("secret")
    assert load_settings(write(tmp_path, text), environ).relay.password_file == credentials / "relay_password"


def test_an_address_finds_its_mailbox_whatever_its_case() -> None:
    support = Mailbox("support", "Support@Example.com", ("help@example.com",))
    settings = of(support, Mailbox("sales", "sales@example.com"))
    for address in ("support@example.com", "SUPPORT@EXAMPLE.COM", "Help@example.COM"):
        assert settings.mailbox_of(address) is support
    for address in ("support@example.org", "supports@example.com", "support", "", "@example.com", "support@"):
        assert settings.mailbox_of(address) is None
    assert settings.own_addresses == {"support@example.com", "help@example.com", "sales@example.com"}


def test_plus_parts_lead_to_the_mailbox_only_where_it_has_them() -> None:
    support = Mailbox("support", "support@example.com", ("help@example.com",), subaddress=True)
    settings = of(support, Mailbox("sales", "sales@example.com"))
    for local in ("support+r0123", "Support+a+b", "help+x", "support+", "support++"):
        assert settings.mailbox_of(f"{local}@example.com") is support
    for local in ("sales+x", "+support", "supp+ort", "x+support"):
        assert settings.mailbox_of(f"{local}@example.com") is None


def test_a_mailbox_with_a_plus_of_its_own_is_nearer_than_the_one_before_the_plus() -> None:
    support = Mailbox("support", "support@example.com", subaddress=True)
    vip = Mailbox("vip", "support+vip@example.com", subaddress=True)
    plain = Mailbox("plain", "support+plain@example.com")
    settings = of(support, vip, plain)
    assert settings.mailbox_of("support+vip@example.com") is vip
    assert settings.mailbox_of("support+vip+r1@example.com") is vip
    assert settings.mailbox_of("support+plain@example.com") is plain
    assert settings.mailbox_of("support+plain+r1@example.com") is support


def test_mail_to_a_postmaster_is_taken_into_the_first_mailbox_of_his_domain() -> None:
    support = Mailbox("support", "support@example.com")
    sales = Mailbox("sales", "sales@example.net", ("Orders@Example.org",))
    settings = of(support, sales)
    assert settings.taker_of("postmaster") is support
    assert settings.taker_of("Postmaster@example.com") is support
    assert settings.taker_of("postmaster@EXAMPLE.NET") is settings.taker_of("postmaster@example.org") is sales
    for address in ("postmaster@elsewhere.test", "postmaster@ple.com", "postmaster+x@example.com", "abuse@example.com"):
        assert settings.taker_of(address) is None
    assert settings.taker_of("orders@example.org") is sales
    own = Mailbox("post", "postmaster@example.com")
    assert of(support, own).taker_of("postmaster@example.com") is own
    assert settings.mailbox_of("postmaster@example.com") is None, "a letter to him is not one to ourselves"


@given(st.text(max_size=80))
def test_no_text_at_all_troubles_the_search_for_a_mailbox(address: str) -> None:
    found = of(Mailbox("support", "support@example.com", subaddress=True)).mailbox_of(address)
    assert found is None or "support" in address.casefold()


def test_settings_may_travel_to_another_process() -> None:
    settings = of(Mailbox("support", "support@example.com"))
    copy = pickle.loads(pickle.dumps(settings))
    assert copy == settings
    assert copy.mailbox_of("support@example.com") == settings.mailboxes["support"]


def test_the_shipped_settings_work_as_they_are() -> None:
    settings = load_settings(shipped.folder("config") / "mailgate.toml", {})
    assert settings.doors["smtp"].listen == "127.0.0.1:2525"
    assert settings.relay.url.startswith("maildir:/")
    assert settings.store.url.startswith("sqlite:////")


@pytest.mark.parametrize(
    ("door", "mends"),
    [
        (Door("d", "smtp"), False),
        (Door("d", "smtp", trust="verify"), False),
        (Door("d", "smtp", trust="network"), True),
        (Door("d", "smtp", trust="upstream"), True),
        (Door("d", "lmtp"), True),
        (Door("d", "imap"), True),
        (Door("d", "maildir"), True),
        (Door("d", "smtp", bare_newlines="normalise"), True),
        (Door("d", "lmtp", bare_newlines="refuse"), False),
    ],
    ids=repr,
)
def test_bare_line_ends_are_refused_where_strangers_come_unless_it_is_said(door: Door, mends: bool) -> None:
    assert door.mends_newlines is mends
