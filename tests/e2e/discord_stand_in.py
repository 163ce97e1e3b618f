"""The Discord platform as a process, over a stand-in command layer that answers what the question names.

Only for tests of what the product's own commands would seldom say: hostile text, endless progress, private answers.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from pathlib import Path

from pydantic import SecretStr

from bot.commands.spec import Invocation
from bot.discord_adapter.platform import DiscordPlatform
from bot.reply import Reply
from signals.errors import TemporaryError, UserError
from tests.bot.desk_commands import stand_in_commands
from tests.bot.discord.replies import CASES, HOSTILE

MEDIUM = "\n\n".join(f"Paragraph {i}. " + "words go on and on " * 20 for i in range(12))
ANSWERS = CASES | {
    "secret": Reply(text="for you alone", private=True),
    "medium": Reply(text=MEDIUM),
    "hostile 20000": Reply(text=(HOSTILE + "\n") * 80),
    "silent": Reply(silent=True),
    "repeat": Reply(repeat=True),
}


async def ask(invocation: Invocation) -> Reply:
    """`slow S`: progress for S seconds; `hang`: a card, then nothing; `broken`: a bug; else a case by its name."""
    question = invocation.values["question"]
    word, _, rest = question.partition(" ")
    if word == "slow":
        for i in range(int(float(rest) * 10)):
            await invocation.say(Reply(text=f"step {i}"))
            await asyncio.sleep(0.1)
        return Reply(text="finally")
    if word == "hang":
        await invocation.say(CASES["explaining"])
        await asyncio.sleep(1000)
    if word == "broken":
        raise RuntimeError("a bug")
    caller = invocation.caller
    return ANSWERS.get(question) or Reply(text=f"heard {question}; private {caller.private}; in {caller.channel}")


async def signal_card(_invocation: Invocation) -> Reply:
    """A card with its picture."""
    return CASES["buy-with-picture"]


async def refresh(invocation: Invocation) -> Reply:
    """The card again, or a refusal."""
    if invocation.values["id"] == "refused":
        return Reply(text="too often", error=True, private=True)
    return CASES["buy"]


async def main() -> int:
    """Serve until SIGTERM; a token that is refused ends with status 3."""
    logging.basicConfig(level=os.environ.get("LOG_LEVEL", "INFO"), format="%(name)s %(levelname)s %(message)s")
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    commands = stand_in_commands({"ask": ask, "signal": signal_card, "refresh:": refresh})
    guild = os.environ.get("DISCORD_GUILD_ID")
    token = SecretStr(os.environ["DISCORD_TOKEN"])
    platform = DiscordPlatform(token, commands, Path(os.environ["DATA_DIR"]), int(guild) if guild else None)
    try:
        await platform.run(stop)
    except (UserError, TemporaryError) as e:
        logging.getLogger("stand-in").error("%s", e)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
