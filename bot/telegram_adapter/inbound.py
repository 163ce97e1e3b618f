"""Telegram's updates as what they mean to us: a command, a question, a press; or nothing of ours. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from telegram import CallbackQuery, Message, MessageEntity, Update
from telegram.constants import ChatType
from telegram.error import TelegramError

from bot.commands.caller import Caller
from bot.commands.spec import Attached
from bot.telegram_adapter.courier import Place
from signals.errors import TemporaryError

_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@(\w+))?(?:\s+(.*))?", re.DOTALL)
ASKER_ONLY = frozenset({"stop", "yes", "no"})
TEXT_ONLY = "I read text only: write a question, or /help."
FILE_ONLY = (
    "To import trades from this file, reply to it with /trade import; or send it again with that as its caption."
)
LOST_FILE = "Telegram did not hand over the file: send it again"
FORWARDED = "A forwarded message is not taken as a command or a question; write it yourself."


@dataclass(frozen=True, slots=True)
class Me:
    """The bot's own account."""

    user_id: int
    username: str


@dataclass(frozen=True, slots=True)
class Question:
    """Plain words for us."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A command with what follows it; `surely_ours` when it names us or nobody else listens."""

    name: str
    rest: str
    surely_ours: bool


@dataclass(frozen=True, slots=True)
class Pressed:
    """A key under the message `message_id`; `is_text` when that message can be edited into another text.

    `is_foreign` marks a key that only the asker may press, pressed by somebody else.
    """

    action: str
    callback_id: str
    message_id: int
    is_text: bool
    is_foreign: bool


@dataclass(frozen=True, slots=True)
class Hint:
    """Not for the commands: one line of our own is all the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """Something said to us, by whom and where."""

    event_id: str
    user_id: int
    place: Place
    what: Question | Call | Pressed | Hint
    files: tuple[Attached, ...] = ()

    @property
    def caller(self) -> Caller:
        """The person where they are; in a group only shared records are used."""
        thread = "" if self.place.thread_id is None else f"/{self.place.thread_id}"
        return Caller("telegram", str(self.user_id), self.place.private, f"{self.place.chat_id}{thread}")

    @property
    def direct(self) -> Place:
        """The same person's direct chat."""
        return self.place if self.place.private else Place(self.user_id, private=True)

    @property
    def direct_caller(self) -> Caller:
        """The person in their direct chat."""
        return Caller("telegram", str(self.user_id), True, str(self.direct.chat_id))


def read(update: Update, me: Me) -> Incoming | None:
    """What the update asks of us; None for edits, for bots, and for what others say to each other."""
    if update.callback_query is not None:
        return _press(update.update_id, update.callback_query, me)
    message = update.message
    if message is None or message.from_user is None or message.from_user.is_bot or message.sender_chat is not None:
        return None
    private = message.chat.type == ChatType.PRIVATE
    what = _meant(message, me, private=private)
    if what is None:
        return None
    thread = message.message_thread_id if message.is_topic_message else None
    place = Place(message.chat_id, private, thread, None if private else message.message_id)
    return Incoming(str(update.update_id), message.from_user.id, place, what, _files(message))


def migration(update: Update) -> tuple[int, int] | None:
    """The old and the new id of a group that became a supergroup."""
    message = update.message
    if message is None or message.migrate_to_chat_id is None:
        return None
    return message.chat_id, message.migrate_to_chat_id


def _meant(message: Message, me: Me, *, private: bool) -> Question | Call | Hint | None:
    if message.text is None and (message.document is None or not message.caption):
        hint = TEXT_ONLY if message.document is None else FILE_ONLY
        return Hint(hint) if private and _is_content(message) else None
    if message.forward_origin is not None:
        return Hint(FORWARDED) if private else None
    text, named = _without_mention(_with_ids(message), me)
    if found := _COMMAND.fullmatch(text.strip()):
        name, addressee, rest = found[1].lower(), found[2], found[3] or ""
        if addressee is not None and addressee.lower() != me.username.lower():
            return None
        return Call(name, rest, private or named or addressee is not None)
    if message.text is None:
        return Hint(FILE_ONLY) if private else None
    replied = message.reply_to_message
    is_reply = replied is not None and replied.from_user is not None and replied.from_user.id == me.user_id
    return Question(text.strip()) if private or named or is_reply else None


def _is_content(message: Message) -> bool:
    return message.effective_attachment is not None


def _files(message: Message) -> tuple[Attached, ...]:
    """The document of the message, or of the one it replies to."""
    replied = message.reply_to_message
    document = message.document or (replied.document if replied is not None else None)
    if document is None:
        return ()

    async def read() -> bytes:
        try:
            return bytes(await (await document.get_file()).download_as_bytearray())
        except TelegramError as e:
            raise TemporaryError(LOST_FILE) from e

    return (Attached(document.file_name or "file", document.file_size or 0, read),)


def _without_mention(text: str, me: Me) -> tuple[str, bool]:
    pattern = re.compile(rf"(?<![\w/])@{re.escape(me.username)}\b[,:]?", re.IGNORECASE)
    if re.match(r"/[A-Za-z0-9_]+@", text):
        return text, False
    return pattern.subn("", text)[0], pattern.search(text) is not None


def _with_ids(message: Message) -> str:
    is_caption = message.text is None
    text = (message.caption if is_caption else message.text) or ""
    parse = message.parse_caption_entities if is_caption else message.parse_entities
    for entity, shown in parse([MessageEntity.TEXT_MENTION]).items():
        if entity.user is not None:
            text = text.replace(shown, str(entity.user.id), 1)
    return text


def _press(update_id: int, query: CallbackQuery, me: Me) -> Incoming | None:
    message = query.message
    if message is None or query.data is None:
        return None
    private = message.chat.type == ChatType.PRIVATE
    whole = message if isinstance(message, Message) else None
    thread = whole.message_thread_id if whole is not None and whole.is_topic_message else None
    asked = whole.reply_to_message if whole is not None else None
    asker = asked.from_user if asked is not None else None
    verb = query.data.partition(":")[0]
    foreign = asker is not None and asker.id not in (query.from_user.id, me.user_id) and verb in ASKER_ONLY
    is_text = whole is not None and whole.text is not None
    what = Pressed(query.data, query.id, message.message_id, is_text, foreign)
    place = Place(message.chat.id, private, thread, message.message_id)
    return Incoming(str(update_id), query.from_user.id, place, what)
