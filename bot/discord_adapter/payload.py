"""What is sent to Discord, as plain values within its limits; `wire` makes the library's objects of them."""

from __future__ import annotations

from dataclasses import dataclass

CONTENT = 2000
DESCRIPTION = 4096
FIELD_NAME = 256
FIELD_VALUE = 1024
FIELDS = 25
EMBEDS = 10
EMBED_TOTAL = 6000
FILES = 10
FILE_BYTES = 10 * 1024 * 1024
LABEL = 80
ROW = 5
KEYS = 25


@dataclass(frozen=True, slots=True)
class Field:
    """A named value of an embed, already inert."""

    name: str
    value: str
    inline: bool = False

    @property
    def size(self) -> int:
        """Characters that count towards the 6,000 of a message."""
        return len(self.name) + len(self.value)


@dataclass(frozen=True, slots=True)
class Embed:
    """A framed part of a message, already inert; `image` names an upload of the same message."""

    title: str = ""
    description: str = ""
    colour: int = 0
    fields: tuple[Field, ...] = ()
    footer: str = ""
    image: str = ""

    @property
    def size(self) -> int:
        """Characters that count towards the 6,000 of a message."""
        return len(self.title) + len(self.description) + len(self.footer) + sum(f.size for f in self.fields)


@dataclass(frozen=True, slots=True)
class Key:
    """A button: `action` is its custom id and carries all its state. `style` as Discord numbers them."""

    label: str
    action: str
    style: int


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a message, with what it shows in words when it is a picture."""

    name: str
    content: bytes
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message."""

    content: str = ""
    embeds: tuple[Embed, ...] = ()
    keys: tuple[Key, ...] = ()
    uploads: tuple[Upload, ...] = ()

    @property
    def rows(self) -> tuple[tuple[Key, ...], ...]:
        """The buttons in rows of five."""
        return tuple(self.keys[i : i + ROW] for i in range(0, len(self.keys), ROW))
