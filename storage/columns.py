"""Column types that hold what SQL types lose: the zone of a time, the digits of money, the finiteness of a number."""

# ruff: noqa: ARG002 - the signatures are SQLAlchemy's

from __future__ import annotations

import math
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from signals.clock import from_ms, to_ms
from signals.model import Timeframe
from storage.dialect import has_decimals


class UtcTime(TypeDecorator[datetime]):
    """An aware time as epoch milliseconds; finer digits are rounded away, a naive time is refused with ValueError."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Milliseconds to store."""
        return None if value is None else to_ms(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """The aware UTC time."""
        return None if value is None else from_ms(value)


class Money(TypeDecorator[Decimal]):
    """An exact decimal: plain digits where the database has no decimal type. Only finite `Decimal` is taken."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """NUMERIC where the driver keeps it exact."""
        native = sa.Numeric() if has_decimals(dialect.name) else sa.Text()
        return dialect.type_descriptor(native)

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        """The decimal, or its digits without an exponent."""
        if value is None:
            return None
        if not isinstance(value, Decimal) or not value.is_finite():
            raise ValueError(f"money is a finite Decimal, not {value!r}")
        return value if has_decimals(dialect.name) else format(value, "f")

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Decimal | None:
        """The decimal as it was stored."""
        return None if value is None else Decimal(value)


class Real(TypeDecorator[float]):
    """A double that is finite: SQL would turn NaN into NULL without a word. Others are refused with ValueError."""

    impl = sa.Double
    cache_ok = True

    def process_bind_param(self, value: float | None, dialect: Dialect) -> float | None:
        """The number itself."""
        if value is None:
            return None
        if not math.isfinite(value):
            raise ValueError(f"a stored number is finite, not {value!r}")
        return float(value)


class TimeframeText(TypeDecorator[Timeframe]):
    """A timeframe by its code."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Timeframe | str | None, dialect: Dialect) -> str | None:
        """The code; an unknown one is refused with ValueError."""
        return None if value is None else Timeframe(value).value

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Timeframe | None:
        """The timeframe."""
        return None if value is None else Timeframe(value)
