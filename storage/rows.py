"""Between flat values and rows whose columns carry the same names."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

TURN = 500

T = TypeVar("T")
V = TypeVar("V", bound="DataclassInstance")


def as_row(value: DataclassInstance) -> dict[str, Any]:
    """The fields of a value by name, one level deep."""
    return {f.name: getattr(value, f.name) for f in fields(value)}


def from_row(kind: type[V], row: sa.Row[Any]) -> V:
    """The value whose fields are columns of this row; other columns are passed over."""
    found = row._mapping
    return kind(**{f.name: found[f.name] for f in fields(kind)})


def portions(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items in order, `size` at a time: a statement carries only so many parameters."""
    return (items[start : start + size] for start in range(0, len(items), size))


async def gently(make: Callable[[sa.Row[Any]], T], rows: Sequence[sa.Row[Any]]) -> tuple[T, ...]:
    """What `make` makes of each row, in order; the event loop gets its turn in between, as there may be many."""
    made: list[T] = []
    for portion in portions(rows, TURN):
        made += map(make, portion)
        if len(portion) == TURN:
            await asyncio.sleep(0)
    return tuple(made)


def to_strict_json(value: Any) -> str:
    """JSON text; NaN and infinities are refused with ValueError, as other readers would refuse them."""
    return json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
