"""How an imap door proves who it is: a password from a file or a command, or an OAuth2 token got before the last ends.

It speaks to token endpoints and runs commands; what is said to the mail server is `imap_session.py`'s.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailgate.clock import Clock
from mailgate.door_settings import Door, OAuth
from mailgate.errors import MailgateError

COMMAND_SECONDS = 30.0
ENDPOINT_SECONDS = 15.0
# A token is asked for anew so long before it ends: a login that begins now must still be good when it is looked at.
EARLY = timedelta(minutes=2)
# RFC 6749 §5.1 lets an endpoint leave out how long a token lasts.
UNSAID = timedelta(minutes=5)
_LONGEST_ANSWER = 64 * 1024


class LoginFailed(MailgateError):
    """There is no proof to show, or the server did not believe it; the text holds no secret."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What is shown to the server. `mechanism` is "login", "xoauth2" or "oauthbearer"; `until`: it ends then."""

    mechanism: str
    secret: str
    until: datetime | None = None


class Login:
    """The way in of one door. Use it from one thread."""

    def __init__(self, door: Door, clock: Clock) -> None:
        self._door, self._clock = door, clock
        self._token: Proof | None = None

    def proof(self) -> Proof:
        """What to log in with now. LoginFailed where it cannot be had."""
        if self._door.oauth is None:
            return Proof("login", self._password())
        if self._token is None or self._token.until is None or self._clock.now() >= self._token.until:
            self._token = _token(self._door.oauth, self._clock.now)
        return self._token

    @property
    def until(self) -> datetime | None:
        """When the last proof ends, and a connection made with it should be renewed; None where it does not."""
        return self._token.until if self._token else None

    def refused(self) -> None:
        """The server did not believe it: the next proof is a new one."""
        self._token = None

    def _password(self) -> str:
        if self._door.password_command:
            return output_of(self._door.password_command)
        if self._door.password_file is None:
            raise LoginFailed("there is no password")
        try:
            return _first_line(self._door.password_file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise LoginFailed(f"the password file cannot be read: {error}") from error


def output_of(command: str) -> str:
    """The first line that a command prints (no shell). What it says on stderr is not repeated: it may hold a secret."""
    try:
        done = subprocess.run(  # noqa: S603 - the operator's own command, from his own settings
            shlex.split(command), capture_output=True, timeout=COMMAND_SECONDS, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise LoginFailed(f"the command for the secret did not run: {type(error).__name__}") from error
    if done.returncode:
        raise LoginFailed(f"the command for the secret ended with exit code {done.returncode}")
    return _first_line(done.stdout.decode("utf-8", "replace"))


def _first_line(text: str) -> str:
    lines = text.splitlines()
    if not lines or not lines[0].strip():
        raise LoginFailed("the secret is empty")
    return lines[0].strip()


def _token(oauth: OAuth, now: Callable[[], datetime]) -> Proof:
    if oauth.token_command:
        # How long it lasts is the command's affair: it is asked at each login.
        return Proof(oauth.mechanism, output_of(oauth.token_command))
    asked = now()
    answer = _ask(oauth)
    token, lasts = answer.get("access_token"), answer.get("expires_in")
    if not isinstance(token, str) or not token.isprintable():
        raise LoginFailed(f"{oauth.token_url} gave no access_token")
    seconds = int(lasts) if isinstance(lasts, (int, str)) and str(lasts).isdecimal() else 0
    lifetime = timedelta(seconds=seconds) if seconds else UNSAID
    # Of a token that lasts shorter than we ask early, half its time is used.
    return Proof(oauth.mechanism, token, asked + max(lifetime - EARLY, lifetime / 2))


def _ask(oauth: OAuth) -> dict[str, object]:
    """RFC 6749 §4.4, the client's proof in the body as Microsoft and Google take it."""
    if oauth.client_secret_file is None:
        raise LoginFailed("there is no client secret")
    try:
        secret = _first_line(oauth.client_secret_file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise LoginFailed(f"the client secret cannot be read: {error}") from error
    form = {"grant_type": "client_credentials", "client_id": oauth.client_id, "client_secret": secret}
    if oauth.scope:
        form["scope"] = oauth.scope
    request = urllib.request.Request(  # noqa: S310 - https, or loopback, by the rules of the settings
        oauth.token_url, data=urllib.parse.urlencode(form).encode(), headers={"Accept": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=ENDPOINT_SECONDS) as response:  # noqa: S310 - as above
            answer = json.loads(response.read(_LONGEST_ANSWER))
    except urllib.error.HTTPError as error:
        with error:
            raise LoginFailed(
                f"{oauth.token_url} refused: {error.code} {_reason(error.read(_LONGEST_ANSWER))}"
            ) from None
    except (OSError, ValueError) as error:
        raise LoginFailed(f"{oauth.token_url} gave no token: {error}") from error
    if not isinstance(answer, dict):
        raise LoginFailed(f"{oauth.token_url} gave no token")
    return answer


def _reason(body: bytes) -> str:
    """RFC 6749 §5.2: `error` is a word of a fixed list. The description is the endpoint's own, and stays there."""
    try:
        answer = json.loads(body)
    except ValueError:
        return ""
    word = answer.get("error") if isinstance(answer, dict) else ""
    return word[:80] if isinstance(word, str) and word.isprintable() else ""
