"""Where a caller, or the chat they are in, is reached by broadcasts; and the account behind a person's address."""

from __future__ import annotations

from bot.commands.caller import Caller

PERSON = {"discord": "discord:user:", "telegram": "telegram:chat:"}
CHAT = {"discord": "discord:channel:", "telegram": "telegram:chat:"}


def can_be_messaged(caller: Caller) -> bool:
    """Whether messages can be sent to the caller's platform; the terminal only answers."""
    return caller.platform in PERSON


def address_of(caller: Caller) -> str:
    """The person's direct chat on this platform; for the terminal a name under which settings are kept."""
    return f"{PERSON.get(caller.platform, caller.platform + ':')}{caller.user_id}"


def address_here(caller: Caller) -> str | None:
    """The channel, group or topic in which the caller speaks; None in a direct chat and in the terminal."""
    if caller.private or not caller.channel or caller.platform not in CHAT:
        return None
    return f"{CHAT[caller.platform]}{caller.channel}"


def account_at(address: str) -> str | None:
    """The account whose direct chat this is (`discord:5`); None for channels, groups and topics."""
    platform, _, rest = address.partition(":")
    kind, _, number = rest.partition(":")
    is_person = kind == "user" or (platform == "telegram" and kind == "chat" and number.isdigit())
    return f"{platform}:{number}" if is_person else None
