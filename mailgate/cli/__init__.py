"""The command line: one table of verbs. A verb's module is imported when the verb is used, so that help is quick.

`look.py` and its neighbours change nothing, `act.py` changes something.
"""

from __future__ import annotations

import difflib
import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click
from click.shell_completion import CompletionItem

from mailgate import __version__
from mailgate.cli import show
from mailgate.errors import MailgateError, NotFound

NOT_FOUND = 3  # the exit code where a number, id or address is not there

SECTIONS = RUN, LOOK, ACT = "Run", "Look (changes nothing)", "Act"


@dataclass(frozen=True, slots=True)
class Verb:
    """One command: its words, the section of the help it stands in, and where its function is."""

    words: str
    section: str
    place: str
    help: str


VERBS = (
    Verb("demo", RUN, "run:demo", "The whole story in a few seconds, on loopback; nothing to configure."),
    Verb("serve", RUN, "run:serve", "The daemon: opens the doors, works, sends."),
    Verb("deliver", RUN, "run:deliver", "Take one mail on standard input (for an MTA's pipe)."),
    Verb("simulate", RUN, "simulate:simulate", "Play a scenario or past mail on a simulated clock. No letter leaves."),
    Verb("check-config", LOOK, "check:check_config", "Read all configuration as `serve` would, and say what is wrong."),
    Verb("policy check", LOOK, "check:policy_check", "Read support policies, and say what is wrong."),
    Verb("policy show", LOOK, "policies:policy_show", "A support policy on one page, with all that it inherits."),
    Verb("policy timeline", LOOK, "policies:policy_timeline", "What time would bring to a case of a policy, and when."),
    Verb("policy diff", LOOK, "policies:policy_diff", "Which dates move, and how, under another policy."),
    Verb(
        "policy try",
        LOOK,
        "policy_try:policy_try",
        "What the mail of the last weeks would have come to under another policy.",
    ),
    Verb("parse", LOOK, "parse:parse", "What we read in mail files, as JSON."),
    Verb("explain", LOOK, "explain:explain", "Why a mail came to what it came to."),
    Verb("case list", LOOK, "lists:case_list", "The cases, newest first."),
    Verb("case show", LOOK, "look:case_show", "One case with its letters and its history."),
    Verb("figures", LOOK, "figures_told:figures", "What the desk's pictures show: mail, cases and answers in numbers."),
    Verb("inbox list", LOOK, "lists:inbox_list", "Every accepted mail and what became of it, newest first."),
    Verb("inbox show", LOOK, "look:inbox_show", "One accepted mail, and its traceback where it failed."),
    Verb("outbox list", LOOK, "lists:outbox_list", "Every letter and whether it was sent, newest first."),
    Verb("outbox show", LOOK, "look:outbox_show", "One letter as it leaves."),
    Verb("block list", LOOK, "lists:block_list", "Senders who are not let in."),
    Verb(
        "contact list",
        LOOK,
        "contact_list:contact_list",
        "The accounts and their contacts; of one ACCOUNT its history, too.",
    ),
    Verb("engineer list", LOOK, "engineers:engineer_list", "The roster: who of ours answers customers."),
    Verb("engineer sessions", LOOK, "signed_in:engineer_sessions", "Who is signed in to the desk's window."),
    Verb("contact dead", LOOK, "reach:contact_dead", "Addresses where nothing arrives, as their mail servers say."),
    Verb(
        "doctor", LOOK, "doctor:doctor", "Examine the whole gate, and say of each thing what is wrong and what helps."
    ),
    Verb("nodes", LOOK, "nodes:list_nodes", "The daemons on this database: who lives, holds what, does how much."),
    Verb("db check", LOOK, "look:db_check", "Whether the database is of this version, whole, and has all octets."),
    Verb("export", LOOK, "forget:export", "Write all that there is of one customer into a folder."),
    Verb("legal-hold list", LOOK, "forget:hold_list", "What neither retention nor `erase` may touch."),
    Verb(
        "systemd-unit",
        LOOK,
        "units:systemd_unit",
        "Print the systemd units, fitted to this installation and to the settings.",
    ),
    Verb("man", LOOK, "manual:man", "Print the manual page, for mailgate.1 in a folder of man pages."),
    Verb("completion", LOOK, "manual:completion", "Print what makes a shell complete commands and options."),
    Verb("case reply", ACT, "reply:case_reply", "Answer the customer of a case from a file."),
    Verb("case set", ACT, "act:case_set", "Change a case: its status or priority, who has it, what was done."),
    Verb("case close", ACT, "act:case_close", "Close a case."),
    Verb(
        "case merge",
        ACT,
        "rearrange:case_merge",
        "The case NUMBER becomes part of the case INTO, and is closed without a letter.",
    ),
    Verb("case split", ACT, "rearrange:case_split", "Entries of a case become a case of their own."),
    Verb("case revoke", ACT, "act:case_revoke", "End the reply tokens of all letters about a case, and their links."),
    Verb("case link", ACT, "page_links:case_link", "Print a link to the page of a case, for one who takes part in it."),
    Verb("case unlink", ACT, "page_links:case_unlink", "End all links to pages of cases that an address was sent."),
    Verb("case approve", ACT, "account_requests:case_approve", "Approve the account that a case asks for."),
    Verb("case decline", ACT, "account_requests:case_decline", "Decline the account that a case asks for."),
    Verb("inbox replay", ACT, "act:inbox_replay", "Walk a held, shelved or dropped mail once more."),
    Verb("inbox release", ACT, "act:inbox_release", "Let a held mail in, despite what holds it."),
    Verb("inbox drop", ACT, "act:inbox_drop", "Set a mail aside. It stays in the books."),
    Verb("outbox retry", ACT, "letters:outbox_retry", "Send a failed letter again, or a queued one now."),
    Verb("outbox hold", ACT, "letters:outbox_hold", "Keep a queued letter back until somebody decides."),
    Verb("outbox release", ACT, "letters:outbox_release", "Send a held letter after all."),
    Verb("outbox drop", ACT, "letters:outbox_drop", "Do away with a letter that was not sent."),
    Verb("block add", ACT, "act:block_add", "Let an address or a domain in no more."),
    Verb("block remove", ACT, "act:block_remove", "Let a blocked address or domain in again."),
    Verb(
        "contact add",
        ACT,
        "contacts:contact_add",
        "A new account, or a new contact (ADDRESS) of an account that may be new.",
    ),
    Verb("contact set", ACT, "contacts:contact_set", "Change an account or a contact; what is not named stays."),
    Verb("contact remove", ACT, "contacts:contact_remove", "Forget an account with its contacts, or one contact."),
    Verb("contact import", ACT, "contacts:contact_import", "Bring accounts and contacts in from a CSV file."),
    Verb("contact ask", ACT, "account_requests:contact_ask", "Ask for an account for somebody."),
    Verb(
        "contact finish",
        ACT,
        "account_requests:contact_finish",
        "Finish the account that a case asks for, in the customer's place.",
    ),
    Verb("contact page", ACT, "account_requests:contact_page", "Mail an admin the link to the page of his account."),
    Verb("contact revive", ACT, "reach:contact_revive", "Write to a dead address again."),
    Verb("engineer add", ACT, "engineers:engineer_add", "A new engineer in the roster."),
    Verb("engineer set", ACT, "engineers:engineer_set", "Change an engineer of the roster; what is not named stays."),
    Verb("engineer remove", ACT, "engineers:engineer_remove", "Take an engineer off the roster."),
    Verb(
        "engineer sign-out", ACT, "signed_in:engineer_sign_out", "End all sessions of an engineer in the desk's window."
    ),
    Verb("import mbox", ACT, "bring:import_mbox", "Bring the mail of an mbox file in."),
    Verb("import maildir", ACT, "bring:import_maildir", "Bring the mail of a maildir in."),
    Verb("erase", ACT, "forget:erase", "Erase all that is one customer's, with a receipt."),
    Verb("legal-hold add", ACT, "forget:hold_add", "Keep all that is a customer's, or a case, until the hold ends."),
    Verb("legal-hold remove", ACT, "forget:hold_remove", "End a legal hold."),
    Verb("db upgrade", ACT, "act:db_upgrade", "Bring the database to this version's schema."),
    Verb(
        "db backup",
        ACT,
        "database:db_backup",
        "Write a copy of the whole database to a file, beside the running daemon.",
    ),
    Verb("db reindex", ACT, "searching:db_reindex", "Make the search index anew, beside the running daemon."),
    Verb(
        "db copy", ACT, "database:db_copy", "Copy everything into another database, SQLite or PostgreSQL, row by row."
    ),
)


def command_of(verb: Verb) -> click.Command:
    """Imports the verb's module."""
    module, function = verb.place.split(":")
    command = getattr(import_module(f"mailgate.cli.{module}"), function)
    assert isinstance(command, click.Command)  # noqa: S101 - the table above is ours
    return command


class _Missing(click.ClickException):
    exit_code = NOT_FOUND


class Group(click.Group):
    """The verbs that begin with these words. `case` is a group because `case list` is a verb."""

    def __init__(self, words: Sequence[str], **more: Any) -> None:
        super().__init__(name=words[-1] if words else "mailgate", **more)
        self.words = list(words)

    def verbs(self) -> list[tuple[list[str], Verb]]:
        """Each verb of this group, with the words of it that are still to come."""
        depth = len(self.words)
        split = [(verb.words.split(), verb) for verb in VERBS]
        return [(words[depth:], verb) for words, verb in split if words[:depth] == self.words]

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(dict.fromkeys(words[0] for words, _ in self.verbs()))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        for words, verb in self.verbs():
            if words == [cmd_name]:
                return command_of(verb)
            if words[0] == cmd_name:
                return Group([*self.words, cmd_name], no_args_is_help=True, epilog=self.epilog)
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        known = self.list_commands(ctx)
        if args and args[0] not in known and not args[0].startswith("-"):
            close = difflib.get_close_matches(args[0], known, n=1)
            meant = f'did you mean "{close[0]}"?' if close else "there are: " + ", ".join(known)
            ctx.fail(f'there is no command "{args[0]}"; {meant}')
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """As click does it, but that it imports no verb to name it."""
        helps = {words[0]: verb.help if len(words) == 1 else "" for words, verb in self.verbs()}
        found = [CompletionItem(name, help=told) for name, told in helps.items() if name.startswith(incomplete)]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        for section in SECTIONS:
            rows = [(" ".join(words), verb.help) for words, verb in self.verbs() if verb.section == section]
            if rows:
                with formatter.section(section):
                    formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                # A subject in Japanese must not end a list on a terminal that knows only ASCII.
                stream.reconfigure(errors="backslashreplace")
        try:
            return super().invoke(ctx)
        except NotFound as error:
            raise _Missing(_told(error)) from error
        except MailgateError as error:
            # Its text is for people: one line, no traceback.
            raise click.ClickException(_told(error)) from error
        except BrokenPipeError:
            raise  # click ends quietly: whoever read our output has had enough
        except OSError as error:
            what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
            raise click.ClickException(what) from error


def _told(error: MailgateError) -> str:
    """Its text, line by line: strangers' words stand in it, too."""
    return "\n".join(show.clean(line) for line in str(error).splitlines())


main = Group(
    [],
    help="The gate between a support mailbox and a case desk: mail comes in, becomes a case, is answered.",
    epilog="Each command has --help. Exit codes: 0 done; 1 failed or refused, or the answer is no (it differs, was not "
    "expected, is not well); 2 wrong usage; 3 a number, id or address that is not there; 75 (deliver) try again later.",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
)
main = click.version_option(__version__, "-v", "--version", message="mailgate %(version)s")(main)
