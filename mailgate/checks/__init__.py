"""May this mail come in? Each check looks and finds; the policy says what is done; everything is written down.

A check is a function `look(mail, known) -> Finding | None` in a module of its own. It writes and sends nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from mailgate.checks import auto_reply, block, bounce, canary, duplicate, loop, too_big
from mailgate.checks.finding import Finding, Known, Look, Verdict
from mailgate.mail.message import Mail
from mailgate.policy.policy import Handling, Intake

Check = tuple[str, Callable[[Mail, Known], Finding | None]]

# The order is the meaning: the first that hits decides, the others are still looked at for the trace.
CHECKS: tuple[Check, ...] = (
    ("canary", canary.look),  # before the loop that it is
    ("loop", loop.look),  # first: whatever else it is, our own words coming back must set nothing in motion
    ("too_big", too_big.look),  # next: of a header alone nothing else should be concluded
    ("duplicate", duplicate.look),  # before its kind is asked: the first copy has been judged already
    ("bounce", bounce.look),  # a blocked person's bounce is still a bounce; before auto-reply, for it says more
    ("block", block.look),  # before the machines: newsletters are what people block
    ("auto_reply", auto_reply.look),  # all other machines' mail
)


def examine(mail: Mail, known: Known, intake: Intake) -> Verdict:
    """Run every check, and say what the policy does about the first that hit; `ACCEPT` where none did."""
    trace = tuple(Look(name, look(mail, known)) for name, look in CHECKS)
    for line in trace:
        if line.finding is not None:
            reason = line.finding.reason
            # A canary is no mail of anybody's; a policy has nothing to say about it.
            handling: Handling = Handling.HOLD if reason == "canary" else getattr(intake, reason)
            return Verdict(handling, reason, line.finding.evidence, trace, known.copy_of)
    return Verdict(Handling.ACCEPT, trace=trace)
