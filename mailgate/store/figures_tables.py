"""The tables of what is counted day by day: numbers alone, which outlive what they were counted of."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from mailgate.store.columns import Handle
from mailgate.store.table import StoredRow, core


class ReckonedDay(StoredRow, table=True):
    """A day (UTC, "2026-11-22") that was counted, and when that was done last."""

    __tablename__ = "reckoned_day"
    day: str = Field(primary_key=True, sa_type=Handle)
    at: datetime


class DayFigure(StoredRow, table=True):
    """So many of a figure ("opened", "answered", "breached") on that day; `of` says which of them ("3", "3/1 h/late").
    A case is counted on the day on which it was opened."""

    __tablename__ = "day_figure"
    day: str = Field(primary_key=True, sa_type=Handle)
    figure: str = Field(primary_key=True, sa_type=Handle)
    of: str = Field(primary_key=True, sa_type=Handle)
    count: int


reckoned_day = core("reckoned_day")
day_figure = core("day_figure")
