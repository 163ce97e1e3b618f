"""The shape of the model's answer, and the strict reading of JSON that a model wrote."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Answer = TypeVar("Answer", bound=BaseModel)

LONGEST_TEXT = 40_000
_STARTS = 20
_THOUGHTS = re.compile(r"<think>.*?</think>", re.DOTALL)


class ModelAnswer(BaseModel):
    """What the model may say; lengths in characters. Keys it adds are ignored: nothing of them is ever used.

    `cited` holds source numbers; whether they exist is checked by `rag.grounding`, not here. It stands before the
    words, so that they can be checked while they arrive (a constrained model writes the keys in this order).
    """

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    stance: Literal["confirm", "caution", "veto"]
    cited: list[int] = Field(max_length=20)
    thesis: str = Field(max_length=600)
    risks: list[Annotated[str, Field(max_length=200)]] = Field(max_length=3)
    what_would_change_it: str = Field(max_length=300)
    enough_evidence: bool


class WrongShape(ValueError):  # noqa: N818 - says what is the matter
    """The text holds no JSON object of the asked shape; the message says in a line what is wrong with it."""


def read_answer(text: str, schema: type[Answer]) -> Answer:
    """The first JSON object in `text` that fits `schema`; prose, a fence or thoughts around it are passed over.

    Never repairs: a cut object is refused, so are NaN, Infinity and numbers that overflow to it. Raises WrongShape.
    """
    if len(text) > LONGEST_TEXT:
        raise WrongShape(f"the answer is longer than {LONGEST_TEXT} characters")
    problem = WrongShape("there is no complete JSON object in the answer")
    for candidate in _objects(_THOUGHTS.sub("", text)):
        if isinstance(candidate, WrongShape):
            problem = candidate
            continue
        try:
            return schema.model_validate(candidate)
        except ValidationError as e:
            problem = WrongShape(_first_error(e))
    raise problem


def _objects(text: str) -> Iterator[dict[str, Any] | WrongShape]:
    decoder = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite, strict=False)
    position, tries = text.find("{"), 0
    while position >= 0 and tries < _STARTS:
        end = position + 1
        try:
            value, end = decoder.raw_decode(text, position)
            yield value
        except WrongShape as e:
            yield e
        except (ValueError, RecursionError) as e:
            yield WrongShape(f"the JSON is broken: {str(e)[:120]}")
        position, tries = text.find("{", end), tries + 1


def _refuse(constant: str) -> float:
    raise WrongShape(f"{constant} is not a number")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise WrongShape(f"{digits[:40]} is not a finite number")
    return value


def _first_error(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(step) for step in first["loc"])
    return f'key "{where}": {first["msg"]}'
