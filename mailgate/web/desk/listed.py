"""What the lists of mails, letters and senders have in common: how their address narrows them, and where a page begins;
and what is done to several of them at once, which is first told and then done, each by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from mailgate.errors import MailgateError, NotAllowed
from mailgate.house import House
from mailgate.web.desk.visitor import Visitor, desk_zone
from mailgate.web.forms import Form, FormFault
from mailgate.web.site import site_of
from mailgate.web.typed import whole_number

_T = TypeVar("_T", int, str)

PAGE = 50
WINDOW = 50_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What stands behind the `?`: by name, what was typed ("" for nothing)."""

    path: str
    typed: dict[str, str]

    def __getitem__(self, name: str) -> str | None:
        return self.typed[name] or None

    @property
    def narrows(self) -> bool:
        return any(self.typed.values())

    def link(self, **more: object) -> str:
        """The same list with these changed."""
        said = {name: str(value) for name, value in (self.typed | more).items() if value}
        return f"{self.path}?{urlencode(said)}" if said else self.path


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a list; `older` is where it goes on, "" for nowhere. `looked_to` is the id at which looking ended
    before the page was full, 0 where all was looked at."""

    rows: list[dict[str, Any]]
    older: str
    looked_to: int = 0


@dataclass(frozen=True, slots=True)
class Doing:
    """Something that can be done to the rows of the list `here`: its name in the form, the word for it, what it means,
    and in which states it makes sense. `dangerous`: it looks so, and of several at once it is the operators'."""

    here: str
    name: str
    word: str
    means: str
    states: frozenset[str]
    dangerous: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one thing, or would; `refused` where it cannot be done."""

    which: str
    said: tuple[str, ...]
    refused: bool = False


def asked(request: Request, path: str, *names: str) -> Asked:
    """`path` is that of the list, wherever it is shown."""
    return Asked(path, {name: (request.query_params.get(name) or "").strip() for name in names})


def after_id(request: Request) -> int | None:
    """The id of the row after which the page begins. FormFault for what is none."""
    text = request.query_params.get("after") or ""
    after = whole_number(text)
    if text and after is None:
        raise FormFault("after", "a page begins after an id")
    return after


def page_of(
    looked: Asked, find: Callable[[int, int | None, int], list[dict[str, Any]]], after: int | None, newest: int | None
) -> Page:
    """One page of what `find` finds: so many rows at most, after that id, down to that one. `newest` is the id of the
    newest row where no index serves what is asked for: then only the next `WINDOW` are looked at."""
    down_to = 0 if newest is None else max(0, (after or newest + 1) - WINDOW)
    rows = find(PAGE + 1, after, down_to)
    if len(rows) > PAGE:
        return Page(rows[:PAGE], looked.link(after=rows[PAGE - 1]["id"]))
    return Page(rows, looked.link(after=down_to), down_to) if down_to > 1 else Page(rows, "")


def ticked(form: Form, does: Mapping[str, Doing], visitor: Visitor) -> tuple[Doing, list[int]]:
    """What is to be done, and the rows that were ticked, each once. FormFault where either was left out; NotAllowed
    where it takes an operator."""
    doing = does.get(form.text("what"))
    if doing is None:
        raise FormFault("what", "choose what is to be done")
    ids = list(dict.fromkeys(number for one in form.all("id") if (number := whole_number(one)) is not None))
    if not ids:
        raise FormFault("id", "tick at least one")
    if doing.dangerous and len(ids) > 1 and not visitor.is_operator:
        raise NotAllowed(f"To {doing.name} several at once is for operators.")
    return doing, ids[:PAGE]


def each(which: Sequence[_T], do: Callable[[_T], Iterator[str]]) -> list[Told]:
    """Does it to each of them; one that cannot be done keeps no other from it."""
    found = []
    for one in which:
        try:
            found.append(Told(str(one), tuple(do(one))))
        except MailgateError as error:
            found.append(Told(str(one), (str(error),), refused=True))
    return found


def told_page(
    request: Request, house: House, visitor: Visitor, doing: Doing, told: Sequence[Told], *, done: bool
) -> Response:
    """What it came to for each, or would."""
    where = f"/desk/{doing.here.lower()}"
    return desk_page(request, house, visitor, "told", doing.here, doing=doing, told=told, done=done, where=where)


def timed(row: dict[str, Any]) -> dict[str, Any]:
    """A row of a list, its moments as moments."""
    return {
        name: datetime.fromisoformat(value) if value and name.endswith("_at") else value for name, value in row.items()
    }


def desk_page(
    request: Request, house: House, visitor: Visitor, name: str, here: str, status: int = 200, **values: Any
) -> Response:
    """One page of the desk, with what each of them is given."""
    common: dict[str, Any] = {"visitor": visitor, "session": visitor.session, "here": here, "zone": desk_zone(house)}
    return site_of(request).shown.page(request, f"desk/{name}.html.j2", status, **common, **values)
