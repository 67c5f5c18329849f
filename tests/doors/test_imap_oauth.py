"""OAuth2 against a real Dovecot that asks a real token server: both mechanisms, and tokens that end under our hands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dovecot import CERTIFICATE, USER, Dovecot
from imap_bench import Reader, mail, until
from mailgate.door_settings import Door, OAuth
from mailgate.intake.imap import Pace
from oauth_server import Tokens


@pytest.mark.parametrize("mechanism", ["xoauth2", "oauthbearer"])
def test_a_mailbox_is_read_with_tokens_that_are_renewed_before_they_end(tmp_path: Path, mechanism: Any) -> None:
    secret = tmp_path / "client_secret"
    secret.write_text("s3cret")
    with Tokens(seconds=6, user=USER).running() as tokens, Dovecot(introspection=tokens.introspection) as server:
        server.put(mail(1))
        oauth = OAuth(tokens.url, "us", secret, mechanism=mechanism)
        door = Door("inbox", "imap", url=server.url, oauth=oauth, ca_file=CERTIFICATE)
        with Reader(tmp_path, door, pace=Pace(idle=1, soon=1, first_pause=0.1)) as reader:
            reader.has(1)
            until(lambda: len(tokens.asked) == 3)
            server.put(mail(2))
            reader.has(2)
    assert tokens.shown
    assert [shown for shown in tokens.shown if not shown[1]] == [], "none was shown after its end"


def test_a_token_that_was_revoked_is_replaced_at_the_next_login(tmp_path: Path) -> None:
    secret = tmp_path / "client_secret"
    secret.write_text("s3cret")
    with Tokens(user=USER).running() as tokens, Dovecot(introspection=tokens.introspection) as server:
        door = Door("inbox", "imap", url=server.url, oauth=OAuth(tokens.url, "us", secret), ca_file=CERTIFICATE)
        with Reader(tmp_path, door) as reader:
            until(lambda: tokens.shown == [("token-1", True)])
            tokens.given_at.clear()
            server.restart()
            server.put(mail(1))
            reader.has(1)
    assert [shown for shown in tokens.shown if shown[0] != USER][:3] == [
        ("token-1", True),
        ("token-1", False),
        ("token-2", True),
    ]
