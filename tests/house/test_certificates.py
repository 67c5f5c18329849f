"""The doctor's line about a door's certificate: well, near its end, over, or none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailgate.cli.doctor import certificates
from mailgate.cli.doctor.line import Line, State
from mailgate.settings import load_settings

PEM = Path(__file__).parents[1] / "doors" / "localhost.pem"
ENDS = datetime(2126, 10, 28, 22, 11, 56, tzinfo=UTC)  # openssl x509 -enddate


def line(folder: Path, pem: bytes, now: datetime) -> Line:
    """What is said of a door with that certificate."""
    (folder / "door.pem").write_bytes(pem)
    (folder / "mailgate.toml").write_text(
        '[relay]\nurl = "maildir:sent"\n[mailbox.support]\naddress = "support@example.com"\n'
        '[door.smtp]\nprotocol = "smtp"\nlisten = "127.0.0.1:2525"\ntls_cert_file = "door.pem"\n'
    )
    (found,) = certificates.of_doors(load_settings(folder / "mailgate.toml", {}), now)
    assert found.name == "certificate door.smtp"
    return found


@pytest.mark.parametrize(
    ("before", "state"),
    [(timedelta(days=15), State.WELL), (timedelta(days=13), State.UNWISE), (timedelta(0), State.WRONG)],
)
def test_the_end_of_a_certificate_is_told_before_it_comes(tmp_path: Path, before: timedelta, state: State) -> None:
    found = line(tmp_path, PEM.read_bytes(), ENDS - before)
    assert found.state is state
    assert "ends 2126-10-28 22:11 UTC" in found.said
    assert ("systemctl restart mailgate" in found.remedy) == (state is not State.WELL)


@pytest.mark.parametrize(
    "pem",
    [b"", b"\xff", b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----", PEM.read_bytes().replace(b"MII", b"AAA")],
)
def test_what_is_no_certificate_is_named_and_ends_no_examination(tmp_path: Path, pem: bytes) -> None:
    found = line(tmp_path, pem, ENDS)
    assert found.state is State.WRONG
    assert "holds no certificate" in found.said


def test_a_certificate_that_is_gone_is_named(tmp_path: Path) -> None:
    line(tmp_path, PEM.read_bytes(), ENDS)
    (tmp_path / "door.pem").unlink()
    (found,) = certificates.of_doors(load_settings(tmp_path / "mailgate.toml", {}), ENDS)
    assert (found.state, "there is no" in found.said) == (State.WRONG, True)
