"""What `--json` prints keeps to the published schemas."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, ValidationError
from referencing import Registry, Resource

from bot.reply import Reply, Table
from bot.reply_json import reply_json
from rag.recommendation import Source
from tests.bot.test_terminal_adapter import BUY
from tests.builders import NOW

DOCS = Path(__file__).parents[2] / "docs"
SCHEMAS = {name: json.loads((DOCS / name).read_text()) for name in ("answer.schema.json", "recommendation.schema.json")}
REGISTRY = Registry().with_resources((name, Resource.from_contents(s)) for name, s in SCHEMAS.items())
ANSWER = Draft202012Validator(SCHEMAS["answer.schema.json"], registry=REGISTRY)


def test_every_kind_of_answer_fits_the_published_schema() -> None:
    source = Source(1, "signal:x", "signal", NOW, "internal", "a sentence")
    table = Table("A table", ("name", "value"), (("trades", "7"),))

    ANSWER.validate(reply_json(Reply(text="no", error=True)))
    ANSWER.validate(reply_json(Reply("text", "ETH · advice", (BUY,), (table,), (source,), ("a note",))))
    figures = {"about": "trade", "figure": "total", "by": None, "total_usd": "12.34", "groups": [{"key": "SOL/USDT"}]}
    ANSWER.validate(reply_json(Reply("text", tables=(table,), figures=figures)))


def test_the_schema_refuses_what_is_no_answer() -> None:
    wrong = reply_json(Reply("", "", (replace(BUY, method="guess"),)))  # type: ignore[arg-type]
    counted = reply_json(Reply("", figures={"about": "gossip"}))

    with pytest.raises(ValidationError, match="guess"):
        ANSWER.validate(wrong)
    with pytest.raises(ValidationError, match="gossip"):
        ANSWER.validate(counted)
