"""Who may what, told by the registry itself: `python -m tests.bot.permissions_page` writes docs/permissions.md."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.commands.registry import Press
from bot.commands.spec import Command, Handler, Invocation
from bot.commands.table import every_command
from bot.parts.chat import presses_of
from bot.reply import Reply
from bot.roles import Role
from tests.bot.desk_commands import NAMES, PRESSES

PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"
CARDS = ("why", "chart", "backtest", "similar", "refresh", "sources", "take")
HEAD = """\
# Who may do what

Written by `python -m tests.bot.permissions_page` from the commands themselves; a test fails when it is out of date.

Roles belong to accounts (`discord:123`), not to groups or channels. Owners are named by `ACCESS_OWNERS`, and the person
at the terminal is one; `/role` gives the others; everybody else has `ACCESS_DEFAULT_ROLE` (viewer, or stranger).
Whether a command comes from a direct chat, a group or a server makes no difference to who may give it, only to what it
may read: in a channel, shared records alone. Answers marked *private* go to the asker only. Refused attempts are
audited, and so is everything that admins do.
"""
NOTES = """
- **Buttons of somebody else's card**: of a private card, none. Of a card in a channel, all that the presser's role
  allows, in that channel; Take opens the presser's own paper trade. **Stop** works for the asker only.
- **Yes and No** work for the one who was asked, once, within 60 seconds; the role is looked at again. Anything else
  is no.
- **Roles**: nobody changes their own role or an owner's; only an owner makes admins or changes one.
- **/prefs here** changes what the channel, group or topic gets: admins only. Everybody's own settings are answered
  privately. **/broadcast** and **/prefs here** work where they are given. A stranger who had subscribed gets nothing.
- **Signals are shared**: broadcasts hold nothing that belongs to one person. **Why** and **Chart** under a broadcast
  work for everybody who may use them.
- **/link** joins two accounts of one person on two platforms; each keeps its own role.
"""


async def _nothing(_invocation: Invocation) -> Reply:
    return Reply("done")


def commands(handler: Handler = _nothing) -> tuple[Command, ...]:
    """Every command with the same handler."""
    return every_command(dict.fromkeys(NAMES, handler), ("1h", "4h", "1d"))


def presses(handler: Handler = _nothing) -> Sequence[Press]:
    """Every button with the same handler."""
    return presses_of({f"{name}:": handler for name in PRESSES})


def page() -> str:
    """The page as it should be."""
    lines = [HEAD, "## Commands", "", _row("command", *Role, "answer", "asks first"), _rule(8)]
    lines += [
        _row(f"/{c.name}", *_marks(c.role), "private" if c.private else "where asked", c.confirm) for c in commands()
    ]
    lines += [
        "",
        "## Buttons",
        "",
        _row("button", *Role, "on another's private card", "on another's public card"),
        _rule(8),
    ]
    for p in presses():
        others = ("no", "yes, by role") if p.name in CARDS else ("no", "no")
        lines.append(_row(p.label, *_marks(p.role), *others))
    return "\n".join(lines) + "\n" + NOTES


def _marks(needed: Role) -> list[str]:
    return ["yes" if role.may(needed) else "no" for role in Role]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _rule(columns: int) -> str:
    return "|" + "---|" * columns


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
