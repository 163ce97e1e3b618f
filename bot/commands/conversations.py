"""What each conversation was last about, so that "and for ETH?" is understood."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from datetime import datetime, timedelta

from rag.question.model import Parsed

LIFE = timedelta(minutes=30)
LARGEST = 1000


class Conversations:
    """The newest understood question of each conversation, for 30 minutes, for the 1,000 most recent conversations."""

    def __init__(self) -> None:
        self._newest: OrderedDict[str, tuple[Parsed, datetime]] = OrderedDict()

    def previous(self, key: str, now: datetime) -> Parsed | None:
        """The question before this one, unless it is too long ago."""
        found = self._newest.get(key)
        return found[0] if found and now - found[1] <= LIFE else None

    def keep(self, key: str, parsed: Parsed, now: datetime) -> None:
        """Remember the question for the next one."""
        self._newest[key] = (parsed, now)
        self._newest.move_to_end(key)
        while len(self._newest) > LARGEST:
            self._newest.popitem(last=False)

    def forget(self, owners: Collection[str]) -> None:
        """Drop what these persons' conversations are about."""
        for key in [key for key in self._newest if key.partition("@")[0] in owners]:
            del self._newest[key]
