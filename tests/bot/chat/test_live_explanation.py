"""The explanation on the screen while it is written."""

from __future__ import annotations

from bot.conversation import Conversation
from bot.reply import Reply
from rag.turns import ASKING
from tests.bot.chat.test_conversing import until
from tests.bot.chat_world import VIEWER, World


async def test_the_checked_words_are_shown_under_the_rules_card_while_they_are_written(world: World) -> None:
    said: list[Reply] = []
    card = (await world.run(VIEWER, "signal", symbol="eth")).recommendations[0]

    async def say(reply: Reply) -> None:
        said.append(reply)

    async def work(progress) -> Reply:
        asker = ASKING.get()
        assert asker is not None
        await progress(card)
        for words in ("One.", "One. Two.", ""):
            asker.words(words)
            count = len(said)
            await until(lambda count=count: len(said) > count)
        return Reply("done")

    await Conversation().answer(VIEWER, say, work)

    notes = [reply.notes[0] for reply in said]
    assert "The explanation is being written: One. ..." in notes
    assert "The explanation is being written: One. Two. ..." in notes
    assert notes[-1] == "The explanation is being written."
    assert all(reply.recommendations == (card,) and reply.buttons for reply in said)
