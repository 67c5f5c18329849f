"""The small pictures that were seen on a case, by the digest of their content: who had one is not shown it again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, bindparam, select
from sqlmodel import Field

from mailgate.cases.case import Case
from mailgate.cases.pictures import SENT
from mailgate.mail.message import Attachment, Mail
from mailgate.store.columns import Handle
from mailgate.store.found import family
from mailgate.store.table import StoredRow, core


class Picture(StoredRow, table=True):
    """A picture that came with a mail of the case, or was sent to its customers with one ("came", "sent")."""

    __tablename__ = "picture"
    case_number: str = Field(primary_key=True, foreign_key="cases.number", sa_type=Handle)
    digest: str = Field(primary_key=True, sa_type=Handle)
    way: str = Field(primary_key=True, sa_type=Handle)


picture = core("picture")


def marked(connection: Connection, mail: Mail, number: str) -> Mail:
    """The mail with those of its pictures marked that were seen on that case, or on one that became part of it; of what
    goes out, those that were sent to customers."""
    digests = {one.digest for one in mail.attachments if one.digest}
    if not digests:
        return mail
    rows = connection.execute(_seen, {"number": number, "digests": sorted(digests)}).all()
    seen, sent = {row.digest for row in rows}, {row.digest for row in rows if row.way == SENT}
    out = mail.goes_out
    return replace(
        mail,
        attachments=_marked(mail.attachments, seen),
        goes_out=replace(out, attachments=_marked(out.attachments, sent)) if out else None,
    )


def picture_rows(case: Case, pictures: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    return [{"case_number": case.number, "digest": digest, "way": way} for digest, way in dict.fromkeys(pictures)]


def _marked(attachments: tuple[Attachment, ...], digests: set[str]) -> tuple[Attachment, ...]:
    return tuple(replace(one, seen=True) if one.digest in digests else one for one in attachments)


_seen = select(picture.c.digest, picture.c.way).where(
    picture.c.case_number.in_(family()), picture.c.digest.in_(bindparam("digests", expanding=True))
)
