"""What has happened to a case that its deadlines hang on. Values only: what follows from it, `agenda.py` says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from mailgate.policy.policy import Extent


class StepName(StrEnum):
    """What time can bring to a case."""

    FIRST_RESPONSE_DUE = "first_response_due"  # the priority's response
    ANY_RESPONSE_DUE = "any_response_due"  # the target for every case, whatever its priority
    ACTIVATED_DUE = "activated_due"
    WORKAROUND_DUE = "workaround_due"
    FEEDBACK_DUE = "feedback_due"
    ENGINEER_REMINDER = "engineer_reminder"
    CUSTOMER_REMINDER = "customer_reminder"
    ESCALATE = "escalate"
    AUTO_CLOSE = "auto_close"


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which the clocks stood still, until `end` (None: they still do)."""

    start: datetime
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """A moment that a letter told the customer, at `told_at`: no change of the policy moves it. `grace`, of a close, is
    what it leaves him at the least once the relay has the letter, as policies write it ("2 business days")."""

    step: StepName
    due: datetime
    told_at: datetime
    grace: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """The last step of its name and subject (`agenda.Step.about`) that was taken: the `n`th ever, the `round`th since
    `since`, from where it is measured, at which moment really."""

    step: StepName
    about: str
    n: int
    round: int
    since: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class Course:
    """The course of one case so far. None: it has not happened.

    `started_at` is when its clocks began: at its opening, and anew when a resolved case is opened again.
    `status_since` is when the case came to its status. Since `started_at`: `answered_at` is the first answer of a
    person of ours, `activated_at` when work began, `workaround_at` when there was one. `spoke_at` is the last word
    of a person of ours to the customer, `told_at` the last letter to him that time alone sent. `notice_accepted_at`
    is when the relay took the last reminder before closing. `undelivered_at` is since when our letters to the
    customer come back; `away_until` is when an out-of-office says he will be there again. `settled_at` is when the
    account that it asks for was approved or declined, `finished_at` when he who asked finished it. `last_mail` is the
    Message-ID of his last mail. `extent` is how much our own letters may say to the one who opened it. `owed` is False
    of history that was imported: until its customer writes again, nobody waits for anything.
    """

    started_at: datetime
    status_since: datetime
    answered_at: datetime | None = None
    activated_at: datetime | None = None
    workaround_at: datetime | None = None
    spoke_at: datetime | None = None
    told_at: datetime | None = None
    notice_accepted_at: datetime | None = None
    undelivered_at: datetime | None = None
    away_until: datetime | None = None
    settled_at: datetime | None = None
    finished_at: datetime | None = None
    last_mail: str | None = None
    extent: Extent = Extent.FULL
    owed: bool = True
    pauses: tuple[Pause, ...] = ()
    promises: tuple[Promise, ...] = ()
    taken: tuple[Taken, ...] = ()

    def last(self, step: StepName, about: str = "") -> Taken | None:
        """The last step of that name and subject that was taken, ever."""
        return next((one for one in self.taken if (one.step, one.about) == (step, about)), None)

    def since(self, start: datetime, step: StepName, about: str = "") -> Taken | None:
        """The same, where it was measured from `start`."""
        last = self.last(step, about)
        return last if last is not None and last.since == start else None

    def took(self, start: datetime, step: StepName, about: str, at: datetime) -> Course:
        """This course with one more step taken, which is measured from `start`."""
        ever, before = self.last(step, about), self.since(start, step, about)
        taken = Taken(step, about, (ever.n if ever else 0) + 1, (before.round if before else 0) + 1, start, at)
        others = (one for one in self.taken if (one.step, one.about) != (step, about))
        return replace(self, taken=(*others, taken))

    def promise(self, step: StepName) -> Promise | None:
        """What a letter told the customer of that step."""
        return next((one for one in self.promises if one.step is step), None)

    def promised(self, due: Mapping[StepName, datetime], now: datetime, grace: str = "") -> Course:
        """This course once a letter has told these moments, in place of what was told before."""
        kept = (one for one in self.promises if one.step not in due)
        return replace(self, promises=(*kept, *(Promise(step, at, now, grace) for step, at in due.items())))

    def afresh(self, now: datetime) -> Course:
        """The clocks begin again: what was answered and promised before belongs to what was resolved before."""
        return replace(
            self,
            started_at=now,
            answered_at=None,
            activated_at=None,
            workaround_at=None,
            owed=True,
            pauses=(),
            promises=(),
        )
