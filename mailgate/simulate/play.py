"""Plays a scenario, step by step, and finds what came otherwise than it expects."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from pathlib import Path

from mailgate import accounts, pipeline, shipped
from mailgate.account_requests import Wanted, ask
from mailgate.cases.account import Directory
from mailgate.cases.case import Case
from mailgate.cases.events import CustomerActed, EngineerActed
from mailgate.errors import ConfigError, MailgateError, NotAllowed, NotFound, Transient
from mailgate.mail.message import Address, Authentication
from mailgate.outbox.render import Renderer
from mailgate.policy.load import load_policy
from mailgate.policy.policy import Policy
from mailgate.roster import Engineer
from mailgate.settings import Mailbox, RelaySettings, Settings, WebSettings
from mailgate.simulate import compare, mails
from mailgate.simulate.record import Record, Sent, cases_of, filed_on, held, record_of, sent
from mailgate.simulate.scenario import ACTIONS, MAILBOX, BounceStep, MailStep, Scenario, Scene, letter_moment, moments
from mailgate.simulate.stage import Stage
from mailgate.store.db import Store, open_store
from mailgate.tomlfile import Reading, nearest


@dataclass(frozen=True, slots=True)
class Played:
    """What a play came to; `faults` is what came otherwise than expected, with file, line and key."""

    policy: Policy
    record: Record
    faults: tuple[ConfigError, ...]


def play(reading: Reading[Scenario], folder: Path, policy: Policy | None = None, store: Store | None = None) -> Played:
    """Plays the scenario of that file to its end. `folder` is the operator's, whose policies and templates go before
    ours; `policy` is played instead of the scenario's own; `store` is an empty one (in memory, where none is given).

    ScenarioError where a step cannot be played.
    """
    scenario = reading.value
    assert scenario is not None  # noqa: S101 - `read_scenario` gives no other
    played = policy or _policy_of(reading, scenario.policy, folder, "policy")
    start, times = moments(reading, scenario, played.zone)
    settings = settings_of(scenario, played, reading.path)
    stage = Stage(
        store or open_store("sqlite://"),
        settings,
        {played.name: played},
        Renderer(shipped.template_folders(folder)),
        start,
        directory=Directory(scenario.accounts, scenario.contacts),
    )
    with stage:
        return _Play(reading, scenario, stage, played, folder).to_the_end(times)


def find_policy(name: str, *folders: Path) -> Policy:
    """The policy of that name, or of that file (`….toml`). MailgateError where there is none."""
    if name.endswith(".toml"):
        found = next((folder / name for folder in folders if (folder / name).is_file()), folders[0] / name)
        return load_policy(found)
    path = shipped.policy_file(folders[-1], name)
    if path is None:
        raise MailgateError(f'there is no policy "{name}"; {nearest(name, shipped.policy_names(folders[-1]))}')
    return load_policy(path)


def settings_of(scenario: Scenario, policy: Policy, path: Path) -> Settings:
    """The deployment that a scenario plays in: one mailbox, and whoever the scenario names."""
    aliases = tuple(filter(None, (policy.escalation.address,)))
    mailbox = Mailbox(MAILBOX, scenario.mailbox, aliases, subaddress=True, policy=policy.name)
    return Settings(
        path=path,
        relay=RelaySettings("maildir:/nowhere"),
        mailboxes={MAILBOX: mailbox},
        doors={},
        web=WebSettings(url=scenario.web or None),
        operator=scenario.operator or None,
        engineers=tuple(Engineer(address, address.partition("@")[0].title()) for address in scenario.engineers),
    )


def _policy_of(reading: Reading[Scenario], name: str, folder: Path, *steps: str | int) -> Policy:
    try:
        return find_policy(name, reading.path.parent, folder)
    except ConfigError:
        raise
    except MailgateError as error:
        raise reading.fault(steps, str(error)) from None


class _Play:
    def __init__(
        self, reading: Reading[Scenario], scenario: Scenario, stage: Stage, policy: Policy, folder: Path
    ) -> None:
        self.reading, self.scenario, self.stage = reading, scenario, stage
        self.policy, self.folder = policy, folder
        self.place = 0
        self.faults: list[ConfigError] = []
        self.do: dict[str, Callable[[Scene], None]] = {name: getattr(self, f"_{name}") for name in ACTIONS}

    def to_the_end(self, times: list[datetime]) -> Played:
        expected: list[compare.Expected] = []
        for place, (scene, at) in enumerate(zip(self.scenario.steps, times, strict=True)):
            self.place = place
            self.stage.go_to(at)
            self._act(scene)
            self.stage.settle()
            self._look(scene, at)
            for n, letter in enumerate(scene.letters):
                leaves = letter_moment(self.reading, self.scenario, self.place, n, at, self.policy.zone)
                expected.append(compare.Expected(letter, leaves, ("step", self.place, "letter", n)))
        record = record_of(self.stage)
        if expected:
            self.faults += compare.letters(self.reading, expected, record, times, self.policy.zone)
        self.faults += compare.hidden(self.reading, self.scenario, record, self.policy.zone)
        return Played(self.policy, record, tuple(sorted(self.faults, key=lambda fault: fault.line or 0)))

    def _act(self, scene: Scene) -> None:
        """What the step does; that it is refused may be what is expected of it."""
        name = next(iter(scene.actions), "")
        if not name:
            return
        before = {one.id for one in held(self.stage)}
        try:
            self.do[name](scene)
        except NotAllowed as error:
            if not scene.refused or scene.refused.casefold() not in str(error).casefold():
                self._fault(f"was not allowed: {error}", name)
            return
        if scene.refused:
            self._fault("was allowed", "refused")
        self._held(scene, [one.reason for one in held(self.stage) if one.id not in before])

    def _held(self, scene: Scene, reasons: list[str]) -> None:
        for reason in reasons:
            if reason != scene.held:
                self._fault(f"the mail was held: {reason}", "held" if scene.held else "mail")
        if scene.held and not reasons:
            self._fault("the mail was not held", "held")

    def _look(self, scene: Scene, at: datetime) -> None:
        for n, case in enumerate(scene.cases):
            steps = ("step", self.place, "case", n)
            there = cases_of(self.stage)
            if not 0 < case.number <= len(there):
                self.faults.append(self.reading.fault((*steps, "number"), f"there are {len(there)} cases"))
                continue
            self.faults += compare.case(self.reading, case, there, self.stage.house, steps, at)

    def _mail(self, scene: Scene) -> None:
        step = scene.mail or MailStep()
        if step.file:
            path = self.reading.path.parent / step.file
            try:
                data = path.read_bytes()
            except OSError as error:
                self._stop(f"{path} cannot be read: {error.strerror}", "mail", "file")
            to = step.to or self.scenario.mailbox
        else:
            answered = self._letter(step.answers, step.sender, "mail", "answers") if step.answers else None
            to = step.to or (mails.answer_address(answered) if answered else self.scenario.mailbox)
            data = mails.written(step, to, answered, f"step-{self.place + 1}", self.stage.clock.now())
        try:
            authentication = step.authentication or self._found(step.sender)
            inbound_id = self.stage.bring(data, [to], step.sender or None, authentication)
        except MailgateError as error:
            self._stop(str(error), "mail", "to")
        self.stage.process()
        if scene.on:
            filed, wanted = filed_on(self.stage, inbound_id), self._case(scene.on, "on").number
            if filed != wanted:
                self._fault(f"the mail was filed on {filed or 'no case'}, not on {wanted}", "on")

    def _bounce(self, scene: Scene) -> None:
        step = scene.bounce or BounceStep()
        letter = self._letter(step.letter, step.to, "bounce", "letter")
        data = mails.bounced(step, letter, f"step-{self.place + 1}", self.stage.clock.now())
        self.stage.bring(data, [letter.envelope_from], "")
        self.stage.process()

    def _customer(self, scene: Scene) -> None:
        step = scene.customer
        assert step is not None  # noqa: S101 - else it is not this action
        case = self._case(step.case, "customer", "case")
        values = _values(step)
        by = str(values.pop("by")) or (case.contact.address if case.contact else "customer")
        pipeline.act(self.stage.house, case.number, CustomerActed(actor=by, **values))  # type: ignore[arg-type]

    def _engineer(self, scene: Scene) -> None:
        step = scene.engineer
        assert step is not None  # noqa: S101 - else it is not this action
        case = self._case(step.case, "engineer", "case")
        values = _values(step)
        by = str(values.pop("by"))
        pipeline.act(self.stage.house, case.number, EngineerActed(actor=by, **values))  # type: ignore[arg-type]

    def _account(self, scene: Scene) -> None:
        step = scene.account
        assert step is not None  # noqa: S101 - else it is not this action
        try:
            accounts.set_status(self.stage.house, step.name, step.status, step.by, step.reason)
        except NotFound as error:
            self._stop(str(error), "account", "name")

    def _asks(self, scene: Scene) -> None:
        step = scene.asks
        assert step is not None  # noqa: S101 - else it is not this action
        wanted = Wanted(Address(*parseaddr(step.by)), step.telephone, step.preferred)
        ask(self.stage.house, MAILBOX, wanted)

    def _release(self, scene: Scene) -> None:
        there = held(self.stage)
        if not there:
            self._stop("no mail is held", "release")
        pipeline.replay(self.stage.house, there[-1].id, scene.release)
        accounts.bring_along(self.stage.house, there[-1].id)

    def _relay(self, scene: Scene) -> None:
        self.stage.relay.down = Transient("connection refused") if scene.relay == "down" else None

    def _policy(self, scene: Scene) -> None:
        policy = _policy_of(self.reading, scene.policy, self.folder, "step", self.place, "policy")
        self.stage.change_policy(dataclasses.replace(policy, name=self.policy.name))

    def _found(self, sender: str) -> Authentication:
        """What the door finds of who writes so, where the scenario does not say."""
        return Authentication.PASS if self._is_engineer(sender) else Authentication.UNKNOWN

    def _is_engineer(self, sender: str) -> bool:
        return self.stage.house.desk.engineer(parseaddr(sender)[1].casefold()) is not None

    def _letter(self, which: str, to: str, *key: str) -> Sent:
        """The last letter of that kind; of the last step's writer, where he is named. An engineer reads the queues."""
        address = parseaddr(to)[1].casefold()
        kinds = [one for one in sent(self.stage) if which in {"last", one.kind}]
        there = [one for one in kinds if not address or one.to.casefold() == address]
        if not there and self._is_engineer(to):
            queues = {level.queue.casefold() for level in self.policy.levels}
            there = [one for one in kinds if one.to.casefold() in queues]
        if not there:
            self._stop(f"no letter “{which}” has left" + (f" to {to}" if to else ""), *key)
        return there[-1]

    def _case(self, number: int, *key: str) -> Case:
        there = cases_of(self.stage)
        if not 0 < number <= len(there):
            self._stop(f"there are {len(there)} cases", *key)
        return there[number - 1]

    def _fault(self, why: str, *key: str) -> None:
        self.faults.append(self.reading.fault(("step", self.place, *key), why))

    def _stop(self, why: str, *key: str) -> None:
        raise self.reading.fault(("step", self.place, *key), why)


def _values(step: object) -> dict[str, object]:
    """The fields of an action as those of the event that it becomes."""
    values = {one.name: getattr(step, one.name) for one in dataclasses.fields(step)}  # type: ignore[arg-type]
    values.pop("case")
    return values
