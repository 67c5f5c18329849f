"""The exceptions that cross from one room to another, and what each asks of whoever catches it.

    MailgateError
    ├── ConfigError        a file we were given is wrong: says file, key, line, reason; nothing was changed
    │   ├── SettingsError      the deployment file (`mailgate.toml`)
    │   └── PolicyError        a support policy (`policies/<name>.toml`)
    ├── StoreError         the database, or the object store beside it
    │   ├── ObjectStoreError   the object store alone: what does not lie there can go on
    │   ├── SchemaError        it is older, newer or missing: says the command that helps
    │   └── Conflict           somebody else changed the row meanwhile: run the walk again
    ├── ContentError       the octets of one mail are gone, or not those that were stored: trouble of that mail alone
    ├── RelayError         one letter to one recipient was not taken
    │   ├── Transient          try again later (4xx, connection trouble, anything unclear)
    │   └── Permanent          never (5xx about this letter or this recipient)
    ├── NotAllowed         what a person wants to do cannot be done with this case: says what can
    │   └── Overtaken          somebody else did something first, and he is to look before he goes on
    └── NotFound           a number or id that a person gave and that we do not know

Outcomes of a mail (filed, held, a check that hit) are values, not exceptions.
"""

from __future__ import annotations

from pathlib import Path


class MailgateError(Exception):
    """Base of all of ours; its text is for people."""


class ConfigError(MailgateError):
    """Something in a configuration file is wrong.

    `file` and `key` (dotted, "" for the whole file) say where; `line` is 1-based, or None where it is not known;
    `why` says what is wrong and what would be right.
    """

    def __init__(self, file: Path | str, key: str, why: str, line: int | None = None) -> None:
        self.file, self.key, self.why, self.line = Path(file), key, why, line
        where = f"{file}:{line}" if line else f"{file}"
        super().__init__(f"{where}: {key}: {why}" if key else f"{where}: {why}")


class SettingsError(ConfigError):
    """The deployment file."""


class PolicyError(ConfigError):
    """A support policy file."""


class StoreError(MailgateError):
    """The database did not do what was asked."""


class ObjectStoreError(StoreError):
    """The object store that raw mail lies in did not do what was asked."""


class SchemaError(StoreError):
    """The database's schema is not the one this version works on."""


class Conflict(StoreError):
    """A row was changed by somebody else between reading and writing; the walk is to be run again."""


class ContentError(MailgateError):
    """The octets of one mail cannot be had, though the store is well."""


class RelayError(MailgateError):
    """The relay did not take a letter. `code` is the SMTP reply code, 0 where there was none."""

    def __init__(self, text: str, code: int = 0) -> None:
        self.code = code
        super().__init__(text)


class Transient(RelayError):
    """Try again later."""


class Permanent(RelayError):
    """Trying again would not help."""


class NotAllowed(MailgateError):
    """What somebody wants done does not go with the state of a case; the text says what does."""


class Overtaken(NotAllowed):
    """The case is not as it was when somebody decided what to do with it."""


class NotFound(MailgateError):
    """A number, id or address that a person gave and that the store does not hold."""
