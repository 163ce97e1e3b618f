"""What the doctor says about one part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """`text` says what was found, `fix` what to do about it (empty when nothing)."""

    part: str
    state: Literal["ok", "warn", "fail"]
    text: str
    fix: str = ""
