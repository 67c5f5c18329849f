"""The days on which we do not work though the week says so: the company's own holidays and public ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

_LEAP_YEAR = 2000


@dataclass(frozen=True, slots=True)
class PublicHolidays:
    """The public holidays of a country (ISO 3166: "US") or a part of it (ISO 3166-2 without the country: "BY").

    They are those of the library `holidays`, with the days on which they are observed (Independence Day 2026 is a
    Saturday: July 3 is off as well). "US" without subdivision is the federal holidays of the United States.
    """

    country: str
    subdivision: str = ""
    categories: tuple[str, ...] = ("public",)


@dataclass(frozen=True, slots=True)
class Holidays:
    """Local dates on which no span begins: single `dates`, `yearly` ones as (month, day), and public ones."""

    dates: frozenset[date] = frozenset()
    yearly: frozenset[tuple[int, int]] = frozenset()
    public: tuple[PublicHolidays, ...] = ()

    def in_year(self, year: int) -> frozenset[date]:
        """All holidays of that calendar year. February 29, yearly, is one in leap years only."""
        return _in_year(self, year)

    def problems(self) -> Iterator[str]:
        """Sentences about what the library of public holidays does not know."""
        for source in self.public:
            trouble = _unknown(source)
            if trouble:
                yield trouble


def parse_holidays(texts: Iterable[str], public: Iterable[PublicHolidays] = ()) -> Holidays:
    """The company's holidays as a policy writes them, "2026-12-31" once and "12-24" every year, beside public ones.

    Raises ValueError, for people, for what is neither.
    """
    dates: set[date] = set()
    yearly: set[tuple[int, int]] = set()
    for text in texts:
        found = re.fullmatch(r"(?:([0-9]{4})-)?([0-9]{2})-([0-9]{2})", text.strip())
        year = int(found[1] or _LEAP_YEAR) if found else 0
        if not found or not _is_day(year, int(found[2]), int(found[3])):
            raise ValueError(f'"{text}" is no date; write "2026-12-31", or "12-24" for a holiday of every year')
        if found[1]:
            dates.add(date(year, int(found[2]), int(found[3])))
        else:
            yearly.add((int(found[2]), int(found[3])))
    return Holidays(frozenset(dates), frozenset(yearly), tuple(public))


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=512)
def _in_year(days: Holidays, year: int) -> frozenset[date]:
    single = {day for day in days.dates if day.year == year}
    yearly = {date(year, month, day) for month, day in days.yearly if _is_day(year, month, day)}
    return frozenset(single | yearly).union(*(_public(source, year) for source in days.public))


def _public(source: PublicHolidays, year: int) -> frozenset[date]:
    # 55 ms to import, and 60 more for the first country: a gate whose calendars have no public holidays pays neither.
    import holidays  # noqa: PLC0415

    return frozenset(
        holidays.country_holidays(
            source.country, subdiv=source.subdivision or None, years=year, categories=source.categories
        )
    )


def _unknown(source: PublicHolidays) -> str:
    """What is wrong with a source of public holidays, "" where nothing is."""
    import holidays  # noqa: PLC0415 as in _public

    try:
        country = holidays.country_holidays(source.country)
    except NotImplementedError:
        return f'no public holidays are known of "{source.country}"; write an ISO 3166 code like "US" or "DE"'
    parts = [*country.subdivisions, *country.subdivisions_aliases]
    if source.subdivision and source.subdivision not in parts:
        return f'"{source.country}" has no subdivision "{source.subdivision}"; known: {", ".join(parts) or "none"}'
    for category in source.categories:
        if category not in country.supported_categories:
            known = ", ".join(sorted(country.supported_categories))
            return f'"{source.country}" has no holidays of the category "{category}"; known: {known}'
    return "" if source.categories else f'"{source.country}" needs a category of holidays, like "public"'
