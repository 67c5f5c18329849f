"""How far a mail's sender is authenticated, by the `trust` of the door it came in at: asked once, when it is walked.

Not at the door: the mail is durable already, and a slow DNS keeps no client waiting. What is found is stored with the
envelope; only where a question found no answer the next walk of the mail asks again. Our own questions (`trust =
"verify"`) run in child processes with a deadline, a few at a time (`own_verdict.py`).
"""

from __future__ import annotations

import ipaddress
import pickle
import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from importlib.util import find_spec

import structlog

from mailgate.child import Child, ChildForeign, ChildGone
from mailgate.door_settings import Door
from mailgate.errors import StoreError
from mailgate.intake.silence import PAUSE_SECONDS, Silence
from mailgate.mail.authentication import NOBODY, Judgement, from_upstream
from mailgate.mail.message import Address, Authentication, Envelope, Mail, Octets, Proof, RawMail
from mailgate.pickled import speech
from mailgate.settings import Settings
from mailgate.trust_rules import Dns

CHILDREN = 4
# The child has its own deadline for DNS, and asks once more after it; this is for what hangs it.
_GRACE_SECONDS = 5.0
# Longer than any header that is read; the rest of a big mail stays where it lies.
_HEADER = 256 * 1024

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Question:
    """What our own verdict is about, beside the mail's octets. `peer` is "" where the client's address is not known;
    SPF has nothing to go by then."""

    author: Address
    peer: str
    helo: str
    sender: str
    sealers: tuple[str, ...]
    dns: Dns


def verifiers_speech() -> bytes:
    """What the child and its parent must have in common (`child.py`)."""
    return speech(Question, Dns, Judgement)


Verdict = Callable[[Question, Octets], Judgement]


class Authenticator:
    """Completes the envelopes of mails. `verdict` gives our own one; it runs in a thread of this and may take long.
    Safe to call from several threads; `close` it in the end."""

    def __init__(self, settings: Settings, verdict: Verdict, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._verdict = verdict
        self._monotonic = monotonic
        self._silence, self._lock = Silence(), threading.Lock()
        self._threads = ThreadPoolExecutor(CHILDREN, thread_name_prefix="verify")

    def begin(self, raw: RawMail, mail: Mail) -> Future[Mail]:
        """The mail with its sender's authentication, as soon as it is known; at once where nothing is to be asked."""
        door = self._settings.doors.get(raw.envelope.door)
        done: Future[Mail] = Future()
        if door is None or door.trust == "none" or _is_settled(raw.envelope):
            done.set_result(mail)
        elif door.trust == "network":
            done.set_result(_with(mail, _of_the_peer(raw.envelope)))
        elif mail.identity is None:
            done.set_result(_with(mail, Judgement(Authentication.UNVERIFIED, Proof((NOBODY,)))))
        elif door.trust == "upstream":
            done.set_result(_with(mail, from_upstream(raw.data[:_HEADER], mail.identity, door.authserv_id)))
        else:
            question = _question(door, self._settings.dns, raw.envelope, mail.identity)
            return self._threads.submit(lambda: _with(mail, self._asked(question, raw.data)))
        return done

    def close(self) -> None:
        """Begins nothing more, and waits for what is under way."""
        self._threads.shutdown(cancel_futures=True)

    def _asked(self, question: Question, data: Octets) -> Judgement:
        with self._lock:
            if self._silence.lasts(self._monotonic()):
                return unsettled("DNS has left the last mails without any answer, and is given a pause")
        try:
            judgement = self._verdict(question, data)
        except (StoreError, ChildForeign):
            raise  # the mail could not be got, or only another mailgate could tell; it is walked another time
        except (ChildGone, OSError) as gone:
            log.warning("mail could not be verified", why=str(gone), octets=len(data))
            return unsettled(str(gone))
        except Exception as error:  # a bug of ours; it gives nobody authority, and loses nobody's mail
            log.exception("verifying failed")
            return unsettled(f"a fault of mailgate: {type(error).__name__}")
        with self._lock:
            pauses = self._silence.heard(self._monotonic(), silent=judgement.silent)
        if pauses:
            log.warning("DNS answers nothing: senders are not verified for now", seconds=PAUSE_SECONDS)
        return judgement


@contextmanager
def authenticator(settings: Settings) -> Iterator[Authenticator]:
    """One that asks its own questions in child processes, and ends them."""
    children = Children()
    made = Authenticator(settings, children.verdict)
    try:
        yield made
    finally:
        made.close()
        children.close()


class Children:
    """Our own verdict, given by a child process; as many as are needed at one time."""

    def __init__(self) -> None:
        self._idle: queue.LifoQueue[Child] = queue.LifoQueue()
        self._all: list[Child] = []
        self._lock = threading.Lock()

    def verdict(self, question: Question, data: Octets) -> Judgement:
        """ChildGone where the child hangs or dies of it."""
        child = self._take()
        try:
            until = time.monotonic() + question.dns.seconds + _GRACE_SECONDS
            judgement = pickle.loads(child.ask((pickle.dumps(question), data), until))
        except BaseException:
            child.kill()
            raise
        finally:
            self._idle.put(child)
        if not isinstance(judgement, Judgement):
            raise ChildGone("the verifier gave no verdict")
        return judgement

    def close(self) -> None:
        """Ends all; to be called when nobody asks any more."""
        for child in self._all:
            child.kill()

    def _take(self) -> Child:
        # The one that was used last: those that a calm day does not need are never started.
        with suppress(queue.Empty):
            return self._idle.get_nowait()
        with self._lock:
            self._all.append(Child("mailgate.intake.own_verdict", "verifying", "verifier", verifiers_speech()))
            return self._all[-1]


def unsettled(why: str) -> Judgement:
    """No authority now, and another try when the mail is walked again."""
    return Judgement(Authentication.UNVERIFIED, Proof((f"temporary: {why}",), temporary=True))


def cannot_verify(door: Door) -> str:
    """Why a door cannot do what its `trust` says on this machine, "" where it can."""
    missing = [one for one in ("dkim", "dns", "nacl", "spf") if door.trust == "verify" and find_spec(one) is None]
    if not missing:
        return ""
    return "nobody is authenticated without the extra, which is not installed: pip install 'mailgate[auth]'"


def _of_the_peer(envelope: Envelope) -> Judgement:
    """What the door judged when the mail came in, with the word that tells it."""
    is_ours = "is" if envelope.authentication is Authentication.PASS else "is not"
    line = f"the peer {envelope.peer or '(without an address)'} {is_ours} of the door's networks"
    return Judgement(envelope.authentication, Proof((line,)))


def _is_settled(envelope: Envelope) -> bool:
    return envelope.proof is not None and not envelope.proof.temporary


def _with(mail: Mail, judgement: Judgement) -> Mail:
    envelope = replace(mail.envelope, authentication=judgement.authentication, proof=judgement.proof)
    return replace(mail, envelope=envelope)


def _question(door: Door, dns: Dns, envelope: Envelope, author: Address) -> Question:
    return Question(
        author=author,
        peer=_client(door, envelope.peer),
        helo=envelope.helo,
        sender=envelope.sender or "",
        sealers=door.arc_sealers,
        dns=dns,
    )


def _client(door: Door, peer: str) -> str:
    """The address of the client that the sender's domain would know; "" behind a relay of our own, whose word on it we
    do not have: LMTP, fetched mail, and the peers in `networks`."""
    if door.protocol != "smtp" or not peer:
        return ""
    address = ipaddress.ip_address(peer.partition("%")[0])
    ours = any(address in ipaddress.ip_network(network) for network in door.networks)
    return "" if ours or address.is_loopback else str(address)
