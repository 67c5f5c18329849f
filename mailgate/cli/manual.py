"""`man` and `completion`: the manual page and the shells' completion, both made of the command line itself."""

from __future__ import annotations

from inspect import cleandoc

import click
from click.shell_completion import get_completion_class

from mailgate import __version__
from mailgate.cli import SECTIONS, VERBS, Verb, command_of
from mailgate.cli import main as whole
from mailgate.intake.pipe import USAGE as DELIVER

_FILES = {
    "/etc/mailgate/mailgate.toml": "The settings, where neither --config nor $MAILGATE_CONFIG names others.",
    "/etc/mailgate/policies/": "Your support policies; each stands in front of a shipped one of its name.",
    "/etc/mailgate/templates/": "Your letters, in front of the shipped ones, file by file.",
    "/etc/mailgate/contacts.toml": "Your customers, where you keep them by hand.",
    "/var/lib/mailgate/": "What the systemd units let the daemon write to: the database, its backups.",
}
_VARIABLES = {
    "MAILGATE_CONFIG": "The settings file.",
    "MAILGATE_STORE_URL": "Instead of store.url.",
    "MAILGATE_RELAY_URL": "Instead of relay.url.",
    "CREDENTIALS_DIRECTORY": "Set by systemd: where files with secrets are looked for first.",
}
_CODES = {
    "0": "Done.",
    "1": "It was not done, or something is wrong; stderr says what, where, and what to do.",
    "2": "The command line is wrong.",
    "3": "There is no such number, id or address.",
    "65, 67, 75": "Of deliver alone: too big, no such mailbox, try again later.",
}


@click.command("man")
def man() -> None:
    """Print the manual page, for mailgate.1 in a folder of man pages."""
    click.echo(page(), nl=False)


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print what makes a shell complete commands and options.

    For bash: mailgate completion bash > /etc/bash_completion.d/mailgate. For zsh: into a file _mailgate in $fpath. For
    fish: into /etc/fish/completions/mailgate.fish.
    """
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - click has these three
    click.echo(kind(whole, {}, "mailgate", "_MAILGATE_COMPLETE").source())


def page() -> str:
    """The whole manual page in roff's man macros (man(7))."""
    lines = [
        f'.TH MAILGATE 1 "" "mailgate {__version__}" "User Commands"',
        ".SH NAME",
        r"mailgate \- the gate between a support mailbox and a case desk",
        ".SH SYNOPSIS",
        r".B mailgate",
        r"[\fB\-\-version\fR] \fICOMMAND\fR [\fB\-\-help\fR] ...",
        ".SH DESCRIPTION",
        *_paragraphs(whole.help or ""),
        ".SH COMMANDS",
    ]
    for section in SECTIONS:
        lines.append(f".SS {_roff(section)}")
        for verb in VERBS:
            if verb.section == section:
                lines += _verb(verb)
    for heading, terms in (("FILES", _FILES), ("ENVIRONMENT", _VARIABLES), ("EXIT STATUS", _CODES)):
        lines.append(f".SH {heading}")
        for term, text in terms.items():
            lines += [".TP", rf"\fB{_roff(term)}\fR", _roff(text)]
    return "\n".join(lines) + "\n"


def _verb(verb: Verb) -> list[str]:
    """One command: how it is written, what it does, its options."""
    command = command_of(verb)
    context = click.Context(command, info_name=f"mailgate {verb.words}")
    usage = " ".join(command.collect_usage_pieces(context))
    lines = [".TP", rf"\fBmailgate {_roff(verb.words)}\fR {_roff(usage)}".rstrip(), ".RS"]
    lines += _paragraphs(command.help or "")
    if verb.words == "deliver":
        lines += _as_written(DELIVER)
    for option in command.get_params(context):
        record = option.get_help_record(context)
        if isinstance(option, click.Option) and record is not None and "--help" not in option.opts:
            lines += [".TP", rf"\fB{_roff(record[0])}\fR", _roff(record[1])]
    return [*lines, ".RE"]


def _paragraphs(text: str) -> list[str]:
    found = []
    for paragraph in cleandoc(text).split("\n\n"):
        if paragraph.startswith("\b"):  # click's sign for lines that stay as they are
            found += _as_written(paragraph.replace("\b\n", ""))
        else:
            found += [".PP", _roff(" ".join(paragraph.split()))]
    return found


def _as_written(text: str) -> list[str]:
    return [".PP", ".nf", *(_roff(line) for line in text.rstrip().split("\n")), ".fi"]


def _roff(text: str) -> str:
    """Words that roff takes for no request: hyphens that can be copied, and no line that begins with a dot or quote."""
    escaped = text.replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{escaped}" if escaped.startswith((".", "'")) else escaped
