"""What systemd/README.md says that an operator sees is what the code says, word for word."""

from __future__ import annotations

import re
from pathlib import Path

import mailgate
from mailgate import shipped
from mailgate.cli import VERBS

README = (shipped.folder("systemd") / "README.md").read_text(encoding="utf-8")
# Said by others, in the tries that the table tells of: systemd, OpenSSL, the C library, a relay, Dovecot.
OTHERS = """Failed to listen|Watchdog timeout (limit 2min)!|certificate has expired|Temporary failure in name resolution
name resolution|Connect call failed|Connection refused|535 5.7.8 Authentication credentials invalid|AUTHENTICATIONFAILED
""".replace("\n", "|").split("|")


def seen() -> list[str]:
    """What stands between backticks in the second column of the table of faults."""
    table = README.partition("## Fault → what the operator sees")[2].partition("\n## ")[0]
    rows = [
        line.split(" | ") for line in table.splitlines() if line.startswith("| ") and not line.startswith("| fault")
    ]
    assert len(rows) > 25
    return [words for row in rows for words in re.findall(r"`([^`]+)`", row[1])]


def test_what_the_table_of_faults_quotes_is_said_somewhere_in_the_code() -> None:
    sources = [file.read_text(encoding="utf-8") for file in Path(mailgate.__file__).parent.rglob("*.py")]
    code = re.sub(r'"\s*\n\s*f?"', "", "\n".join(sources))  # what is written on two lines
    words = {verb.words for verb in VERBS}
    commands = re.compile(r"(?:mailgate |systemctl |journalctl |swaks |stall_minutes|mailgate-)|\.db$")
    for quoted in seen():
        if quoted in OTHERS or quoted in words or commands.match(quoted) or quoted in ("Error:", "mailgate.db"):
            continue
        # File, key, mode and user are of that try.
        said = re.sub(
            r"^Error: …/mailgate\.toml:10: mailbox\.support\.subadress: |^store\.url: … | …$|^support ", "", quoted
        )
        said = said.replace('did you mean "subaddress"?', "").replace("belongs to root (mode 600), and", "").strip("; ")
        said = re.sub(
            r"belongs to root \(mode 755\), and this runs as mailgate|this runs as mailgate", "this runs as", said
        )
        assert said.strip() in code, quoted


def test_every_command_of_ours_in_the_page_is_one() -> None:
    known = {verb.words for verb in VERBS}
    for line in re.findall(r"`(?:/opt/[\w./-]+/)?mailgate ([a-z][a-z -]*)", README):
        words = line.split()
        assert any(" ".join(words[:count]) in known for count in (1, 2)), line
