"""The course of a case as the JSON that its row holds, and back. Moments are ISO 8601; what is unset is left out."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mailgate.cases.course import Course, Pause, Promise, StepName, Taken
from mailgate.policy.policy import Extent

_SHAPES = (Course, Pause, Promise, Taken)
_FIELDS = {shape: tuple(field.name for field in dataclasses.fields(shape)) for shape in _SHAPES}
_MOMENTS = frozenset(
    field.name for shape in _SHAPES for field in dataclasses.fields(shape) if "datetime" in str(field.type)
)


def course_json(course: Course) -> dict[str, Any]:
    return _plain(course)


def course_from(data: Mapping[str, Any]) -> Course:
    values = _moments(data)
    return Course(
        **{
            **values,
            "extent": Extent(values.get("extent", Extent.FULL)),
            "pauses": tuple(Pause(**_moments(one)) for one in data.get("pauses", ())),
            "promises": tuple(Promise(**_step(one)) for one in data.get("promises", ())),
            "taken": tuple(Taken(**_step(one)) for one in data.get("taken", ())),
        }
    )


def _plain(value: Any) -> dict[str, Any]:
    values = ((name, getattr(value, name)) for name in _FIELDS[type(value)])
    return {name: _value(one) for name, one in values if one not in (None, ())}


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value


def _moments(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: datetime.fromisoformat(value) if name in _MOMENTS else value for name, value in data.items()}


def _step(data: Mapping[str, Any]) -> dict[str, Any]:
    return _moments(data) | {"step": StepName(data["step"])}
