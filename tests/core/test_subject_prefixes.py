"""The subject of a case is what the mail is about: prefixes of every language go, words stay."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as some

from mailgate.cases.subject import NO_SUBJECT, case_subject
from mailgate.mail.prefixes import without_prefixes

# One or more of each language as its mail programs write it.
PREFIXES = (
    "Re: ", "RE:", "Re : ", "re:", "Re[2]: ", "RE(3): ", "Re^2: ", "Re2: ", "Re. : ", "RE：", "Fwd: ", "FW:", "Fw : ",
    "AW: ", "Antw: ", "Antw.: ",
    "Antwort: ", "WG: ", "SV: ", "VS: ", "VL: ", "VB: ", "Vedr: ", "Vs: ", "TR : ",
    "RÉP : ", "RV: ", "RES: ", "ENC: ", "RIF: ", "Odp: ", "ODP: ", "PD: ", "Vá: ", "Tov: ", "YNT: ", "İLT: ",
    "İlt: ", "ynt: ", "Отв: ", "Ответ: ", "Пересл: ", "Відп: ", "ΑΠ: ", "ΣΧΕΤ: ", "ΠΡΘ: ", "回复: ", "回复：", "答复: ",
    "回覆: ", "转发: ", "轉寄: ", "返信: ", "転送: ", "답장: ", "회신: ", "전달: ", "השב: ", "رد: ", "Bls: ", "Trs: ",
    "Atb: ", "Ats: ", "Odg: ", "Doorst: ", "Betr: ", "Trả lời: ", "Chuyển tiếp: ", "回复（2）：",
)  # fmt: skip
TAGS = (
    "[EXT] ",
    "[EXTERNAL]",
    "[External Email] ",
    "*EXT* ",
    "***SPAM*** ",
    "【外部】",
    "EXTERNAL: ",
    "(EXT) ",
    "[SPAM] ",
)


@pytest.mark.parametrize("prefix", [*PREFIXES, *TAGS])
def test_each_prefix_goes_alone_and_twice_and_among_others(prefix: str) -> None:
    for before in (prefix, prefix * 2, f"Re: {prefix}", f"{prefix}AW: ", f"[EXT] {prefix}Re: "):
        assert without_prefixes(f"{before}printer: on fire") == "printer: on fire", before


@given(some.lists(some.sampled_from((*PREFIXES, *TAGS, "R: ", "I: ")), min_size=1, max_size=8))
def test_any_row_of_prefixes_goes(row: list[str]) -> None:
    assert without_prefixes("Re: " + "".join(row) + "Drucker") == "Drucker"


@pytest.mark.parametrize(
    "subject",
    [
        "R: drive is full",
        "I: drive cannot be mapped",
        "Ref: order 17",
        "Att: accounts department",
        "FS: disk full on web1",
        "Printer: Re: never prints",
        "Regarding: our order",
        "Reply: none came",
        "Result: 17",
        "Award: winners",
        "SVN: commit fails",
        "Treiber: fehlt",
        "Re",
        "AW139 spare parts",
        "Rechnung: 17",
        "[ACME] Printer",
        "[Ticket 17] Printer",
        "[EXTRA] Printer",
        "External drive: broken",
        "Spam: too much of it",
        "12:30 meeting",
        "WG-Zimmer: Heizung",
        "C: is full",
        "(ext. 17) nobody answers",
    ],
)
def test_words_of_a_subject_stay(subject: str) -> None:
    assert without_prefixes(subject) == subject


@pytest.mark.parametrize(
    ("subject", "about"),
    [
        ("Re: R: drive is full", "drive is full"),
        ("R: Re: stampante", "stampante"),
        ("R: R: stampante", "stampante"),
        ("I: R: I: stampante", "stampante"),
        ("R(2): stampante", "stampante"),
        ("R: [EXT] Re: stampante", "stampante"),
        ("[Fwd: Printer on fire]", "Printer on fire"),
        ("[Fwd: Re: Printer on fire]", "Printer on fire"),
        ("Re: [Fwd: AW: Printer]", "Printer"),
        ("Printer on fire (fwd)", "Printer on fire"),
        ("Re: [ACME] AW: Printer", "[ACME] AW: Printer"),
        ("Re: AW: SV: VS: RE: Antw: Odp: YNT: 回复: 答复: RE：Drucker", "Drucker"),
        ("Fwd: WG: TR: RV: ENC: I: R: VL: PD: İLT: 转发: 轉寄: FW:Drucker", "Drucker"),
    ],
)
def test_doubtful_prefixes_count_beside_sure_ones(subject: str, about: str) -> None:
    assert without_prefixes(subject) == about


def test_nothing_but_prefixes_is_no_subject() -> None:
    assert case_subject("Re: AW: [EXT] FW:", "00DAAAAAA") == NO_SUBJECT


def test_a_subject_of_prefixes_alone_is_read_in_time() -> None:
    start = time.process_time()
    for text in ("Re: " * 4_000, "[EXT] " * 3_000, "R" * 16_000, "[Fwd: " * 2_000, "*" * 16_000, "Re " + " " * 16_000):
        without_prefixes(text)
    assert time.process_time() - start < 2
