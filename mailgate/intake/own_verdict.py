"""Our own verdict on a mail's sender: SPF, DKIM, DMARC and ARC asked together. Needs the extra `auth`.

Runs as a child process of `verify.py`, for hostile mail can hang the libraries; tests call `own_verdict` with a table
in the place of DNS.
"""

from __future__ import annotations

import pickle
import time
from dataclasses import replace

from mailgate.child import answer
from mailgate.intake.domain_policy import domain_policy
from mailgate.intake.resolver import Ask, NoAnswerNow, asker, is_silent
from mailgate.intake.sender_policy import spf_evidence
from mailgate.intake.signatures import arc_evidence, dkim_evidence
from mailgate.intake.verify import Question, unsettled, verifiers_speech
from mailgate.mail.authentication import Evidence, Found, Judgement, judge

# What hangs a child that nobody waits for any more; DNS alone may take `dns.seconds`.
_ALARM_SECONDS = 120


def own_verdict(question: Question, data: bytes, ask: Ask) -> Judgement:
    """All methods, whatever the first says: `explain` is to tell the whole of it."""
    evidence: list[Evidence] = []
    if question.peer:
        evidence.append(spf_evidence(question.peer, question.sender, question.helo, ask))
    else:
        evidence.append(Evidence("spf", Found.NONE, "", "spf not asked: the client's address is not known here"))
    evidence += dkim_evidence(data, ask)
    if question.sealers:
        evidence += arc_evidence(data, question.author, question.sealers, ask)
    return judge(question.author, evidence, domain_policy(question.author.domain, ask))


def _reply(question: list[bytes]) -> bytes:
    asked = pickle.loads(question[0])
    try:
        ask = asker(asked.dns.servers, time.monotonic() + asked.dns.seconds)
        judgement = own_verdict(asked, question[1], ask)
    except NoAnswerNow as error:
        judgement = unsettled(str(error))
    if judgement.proof.temporary:
        judgement = replace(judgement, silent=is_silent(asked.dns.servers))
    return pickle.dumps(judgement)


if __name__ == "__main__":
    answer(2, _reply, _ALARM_SECONDS, verifiers_speech())
