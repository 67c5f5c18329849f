"""The subject of a case, made from its first mail's: no refs or numbers of ours, no reply prefixes, one short line."""

from __future__ import annotations

import re

from mailgate.cases.ref import without_refs

MAX_LENGTH = 255
NO_SUBJECT = "(no subject)"

# Reply prefixes as the mail clients of these languages write them, with any counter ("Re[2]:", "AW (3):").
_PREFIXES = """
    re aw antw antwort sv vs vedr vb ynt rv res rép rep réf ref odp odg atb atbild att ats at hs vá va
    fw fwd wg tr rif i r enc doorst vl tov fs továbbítás bls İlt ilt yml ant
    回复 回覆 答复 答覆 转发 轉寄 轉發 返信 転送 回信 답장 회신 전달 отв ответ пересл ha на відп переслано
    απ προθ σχετ השב תגובה הועבר رد إعادة ការឆ្លើយតប trả_lời chuyển_tiếp ตอบ
""".split()
_PREFIX = re.compile(
    r"^\s*(?:"
    + "|".join(sorted((re.escape(word).replace("_", r"\s") for word in _PREFIXES), key=len, reverse=True))
    + r")\s{0,3}(?:[\[(]\d{1,3}[\])]|\^\d{1,3})?\s{0,3}[:：]",
    re.IGNORECASE,
)
_TAG = re.compile(r"^\s*\[(?:ext|extern|external|externe|esterno|externo|spam\?*|caution)\]\s*:?", re.IGNORECASE)


def case_subject(subject: str, org: str) -> str:
    """What a case opened by a mail of this subject is called; never empty, at most 255 characters."""
    rest = " ".join(without_refs(subject, org).split())
    while match := _PREFIX.match(rest) or _TAG.match(rest):
        rest = rest[match.end() :].lstrip()
    return rest[:MAX_LENGTH].rstrip() or NO_SUBJECT
