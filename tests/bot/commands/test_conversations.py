"""A conversation's subject is remembered for half an hour, for a bounded number of conversations."""

from datetime import UTC, datetime, timedelta

from bot.commands.caller import LOCAL, Caller
from bot.commands.conversations import LARGEST, LIFE, Conversations
from rag.question.model import Intent, Parsed

NOW = datetime(2022, 11, 8, 12, tzinfo=UTC)
ETH = Parsed("should I buy ETH?", Intent.ADVICE, symbols=("ETH/USDT",))


def test_the_former_question_is_known_for_half_an_hour() -> None:
    own = Conversations()
    own.keep("a", ETH, NOW)

    assert own.previous("a", NOW + LIFE) == ETH
    assert own.previous("a", NOW + LIFE + timedelta(seconds=1)) is None
    assert own.previous("b", NOW) is None


def test_the_oldest_conversation_makes_room() -> None:
    own = Conversations()
    for i in range(LARGEST + 1):
        own.keep(str(i), ETH, NOW)

    assert own.previous("0", NOW) is None
    assert own.previous(str(LARGEST), NOW) == ETH


def test_only_a_private_answer_may_use_a_persons_own_records() -> None:
    in_public = Caller("discord", "7", private=False, channel="general")

    assert LOCAL.scopes == ("shared", "user:terminal:local")
    assert in_public.scopes == ("shared",)
    assert in_public.conversation != Caller("discord", "7", channel="other").conversation
