"""Who reads a question again where the routing rules are unsure: the classifier first, then the chat model."""

from __future__ import annotations

from dataclasses import dataclass

from rag.interpret import Interpreter
from rag.second_opinion import SecondOpinion


@dataclass(frozen=True, slots=True)
class Readers:
    """Either may be absent; with neither the rules alone decide, and what they cannot read is not understood."""

    opinion: SecondOpinion | None = None
    interpreter: Interpreter | None = None
