"""The shipped units are ones that systemd takes, that shut the daemon in, and that leave it all it needs."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from commands import Gate
from mailgate import shipped
from mailgate.cli import units
from mailgate.settings import load_settings
from nobody import open_folder
from servers import require

FOLDER = shipped.folder("systemd")
SERVICES = ("mailgate.service", "mailgate-backup.service")
DROP_INS = sorted(file.name for file in (FOLDER / "drop-ins").glob("*.conf"))
SETTINGS = """\
[store]
url = "sqlite:////var/lib/mailgate/mailgate.db"

[door.mx]
protocol = "smtp"
listen = "0.0.0.0:25"
tls_cert_file = "tls/fullchain.pem"
tls_key_file = "tls/privkey.pem"

[door.inside]
protocol = "lmtp"
listen = "unix:/run/mailgate-lmtp.sock"

[door.inbox]
protocol = "imap"
url = "imaps://support@mail.example.com/INBOX"
mailbox = "support"
password_file = "imap 100%"

[mailbox.support]
address = "support@example.com"

[relay]
url = "smtps://gate@mail.example.com"
password_file = "relay_password"
"""


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    tool = require(shutil.which("systemd-analyze"), "systemd")
    return subprocess.run(
        [tool, "--no-pager", *words], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    """A folder with the settings above and their secrets."""
    gate = Gate(tmp_path)
    gate.config.write_text(SETTINGS)
    (tmp_path / "tls").mkdir()
    shutil.copy(Path(__file__).parents[1] / "doors" / "localhost.pem", tmp_path / "tls" / "fullchain.pem")
    shutil.copy(Path(__file__).parents[1] / "doors" / "localhost.pem", tmp_path / "tls" / "privkey.pem")
    for name in ("imap 100%", "relay_password"):
        (tmp_path / name).write_text("secret")
    return gate


def written(gate: Gate, *names: str) -> Path:
    """The units in a folder, the program being one that is there."""
    folder = gate.home / "units"
    folder.mkdir(exist_ok=True)
    result = gate.run("systemd-unit", *names, "--to", str(folder), "--program", sys.executable)
    assert result.exit_code == 0, result.output
    return folder


@pytest.mark.parametrize("written_settings", [True, False], ids=["fitted", "shipped"])
def test_systemd_finds_no_fault_in_the_units(gate: Gate, written_settings: bool) -> None:
    if not written_settings:
        gate.config.unlink()
    folder = written(gate)
    units = sorted(str(file) for file in folder.iterdir())
    assert len(units) == 5
    done = analyze("verify", *units)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_is_exposed_to_scores_15_or_less(gate: Gate, name: str) -> None:
    done = analyze("security", "--offline=true", "--threshold=15", str(written(gate) / name))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", DROP_INS)
def test_systemd_takes_each_drop_in_and_it_narrows_who_may_be_spoken_to(gate: Gate, name: str) -> None:
    folder = written(gate, "mailgate.service", name)
    assert (folder / "mailgate.service.d" / name).is_file()
    done = analyze("verify", str(folder / "mailgate.service"))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    whole = "".join(file.read_text() for file in (folder / "mailgate.service", folder / "mailgate.service.d" / name))
    (gate.home / "mailgate.service").write_text(whole)  # offline, `security` reads no drop-ins
    said = analyze("security", "--offline=true", "--threshold=12", str(gate.home / "mailgate.service"))
    assert said.returncode == 0, said.stdout
    which = "only localhost" if name == "loopback-only.conf" else "non-localhost"
    assert f"Service defines IP address allow list with {which} entries" in said.stdout


@pytest.mark.parametrize("name", SERVICES)
def test_a_relay_an_imap_server_and_dns_may_be_anywhere_unless_a_drop_in_says_otherwise(name: str) -> None:
    text = (FOLDER / name).read_text()
    assert re.findall(r"^(?:IPAddress(?:Deny|Allow)|PrivateNetwork|RestrictNetwork\w+)=.*$", text, re.MULTILINE) == [
        "IPAddressDeny=multicast"
    ]
    assert "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6\n" in text


def test_the_units_are_fitted_to_program_settings_secrets_and_doors(gate: Gate) -> None:
    folder = written(gate)
    assert sorted(file.name for file in folder.iterdir()) == [
        "mailgate-backup.service",
        "mailgate-backup.timer",
        "mailgate-inside.socket",
        "mailgate-mx.socket",
        "mailgate.service",
    ]
    service = (folder / "mailgate.service").read_text()
    assert f"ExecStart={sys.executable} serve --config {gate.config}\n" in service
    assert re.findall(r"^LoadCredential=(.*)$", service, re.MULTILINE) == [
        f"relay_password:{gate.home}/relay_password",
        f"fullchain.pem:{gate.home}/tls/fullchain.pem",
        f"privkey.pem:{gate.home}/tls/privkey.pem",
        f"imap 100%%:{gate.home}/imap 100%%",
    ]
    assert (
        f"ExecStart={sys.executable} db backup --config {gate.config} --keep"
        in (folder / "mailgate-backup.service").read_text()
    )
    mx, inside = ((folder / f"mailgate-{name}.socket").read_text() for name in ("mx", "inside"))
    assert "ListenStream=0.0.0.0:25\n" in mx
    assert "FileDescriptorName=mx\n" in mx
    assert "ListenStream=/run/mailgate-lmtp.sock\n" in inside
    assert "FileDescriptorName=inside\n" in inside


def test_each_secret_of_the_settings_is_found_among_the_credentials(gate: Gate) -> None:
    service = (written(gate) / "mailgate.service").read_text()
    credentials = gate.home / "credentials"
    credentials.mkdir()
    for name in re.findall(r"^LoadCredential=(.*?):", service, re.MULTILINE):
        (credentials / name.replace("%%", "%")).write_text("secret")
    settings = load_settings(gate.config, {"CREDENTIALS_DIRECTORY": str(credentials)})
    mx, inbox = settings.doors["mx"], settings.doors["inbox"]
    for file in (mx.tls_cert_file, mx.tls_key_file, inbox.password_file, settings.relay.password_file):
        assert file is not None
        assert file.parent == credentials


def test_two_secrets_of_one_name_are_refused(gate: Gate) -> None:
    (gate.home / "tls" / "relay_password").write_text("other")
    gate.config.write_text(SETTINGS.replace('"imap 100%"', '"tls/relay_password"'))
    assert gate.error("systemd-unit") == (
        "~/relay_password and ~/tls/relay_password have one name, and credentials go by it; give one of them another"
    )


def test_what_would_keep_the_service_from_working_is_warned_of(gate: Gate) -> None:
    gate.config.write_text(SETTINGS.replace("//var/lib/mailgate/", "/").replace("0.0.0.0:25", "mx.example.com:25"))
    gate.config.chmod(0o600)
    said = gate.run("systemd-unit", "mailgate.service").stderr.replace(str(gate.home), "~")
    assert "warning: ~/mailgate.toml: store.url: ~/mailgate.db is outside /var/lib/mailgate, the only folder" in said
    assert "warning: door mx: systemd opens no port of a name; write the address in place of mx.example.com:25" in said
    assert re.search(r"warning: \S+ is (closed to the user that the service runs as \(mode \d+\)|below /tmp)", said)


def test_an_interpreter_in_somebodys_home_is_warned_of(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    """pyenv and uv put theirs into root's home, and a venv links to it: 203/EXEC is all that systemd says."""
    with open_folder() as folder:
        home, command = folder / "home", folder / "mailgate"
        home.mkdir(mode=0o700)
        (home / "python3").touch(mode=0o755)
        (folder / "python3").symlink_to(home / "python3")
        command.write_text(f"#!{folder}/python3\n")
        command.chmod(0o755)
        monkeypatch.setattr(units, "_PRIVATE", ())  # where the tests' folders are
        said = gate.run("systemd-unit", "--program", str(command)).stderr
        assert (
            f"warning: {home}/python3: {home} is closed to the user that the service runs as (mode 700); make" in said
        )


def test_a_unit_is_replaced_and_a_drop_in_that_was_changed_is_kept(gate: Gate) -> None:
    folder = written(gate, "mailgate.service", "remote-relay.conf")
    for file in (folder / "mailgate.service", folder / "mailgate.service.d" / "remote-relay.conf"):
        file.write_text("mine")
    written(gate, "mailgate.service", "remote-relay.conf")
    assert (folder / "mailgate.service").read_text() != "mine"
    assert (folder / "mailgate.service.d" / "remote-relay.conf").read_text() == "mine"
    assert gate.error("systemd-unit", "mailgate.servce", code=2).startswith("there is no mailgate.servce; there are:")
