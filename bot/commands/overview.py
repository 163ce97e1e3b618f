"""Help and status."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.commands.outbox import in_a_line
from bot.commands.room import Room
from bot.commands.spec import Command, Invocation, Param
from bot.model_choice import ModelChoice
from bot.reply import Reply, Table
from bot.wording import age, when
from signals.clock import Clock
from signals.errors import UserError
from storage.values import SHARED, DocumentFilter, SeriesState


class Help:
    """The commands that the caller may use; `every` is set once all are known."""

    def __init__(self) -> None:
        self.every: Callable[[], Sequence[Command]] = tuple

    async def command(self, invocation: Invocation) -> Reply:
        """All of them in a line each, or one with its parameters."""
        role = invocation.caller.role
        mine = [command for command in self.every() if role.may(command.role)]
        name = invocation.values.get("command", "").lstrip("/").lower()
        if not name:
            rows = tuple((f"/{c.name}{_usage(c.params)}", c.description) for c in mine)
            text = f"Ask in plain words, or use a command. You are {role}. Not financial advice."
            return Reply(text, tables=(Table("Commands", ("command", "what it does"), rows),))
        for command in mine:
            if command.name == name:
                return _explained(command)
        raise UserError(f"There is no command {name[:40]!r} for you; /help lists yours.")


def _usage(params: Sequence[Param]) -> str:
    return "".join(f" {p.name}" if p.required else f" [{p.name}]" for p in params)


def _explained(command: Command) -> Reply:
    rows = tuple(
        (p.name, "required" if p.required else "optional", p.description + _possible(p)) for p in command.params
    )
    notes = (f"Example: {command.example}",) if command.example else ()
    asks = f" Asks for a confirmation: {command.confirm}." if command.confirm else ""
    tables = (Table("Parameters", ("name", "", "what it is"), rows),) if rows else ()
    return Reply(f"/{command.name}{_usage(command.params)}: {command.description}{asks}", tables=tables, notes=notes)


def _possible(param: Param) -> str:
    return f" Possible: {', '.join(param.choices)}." if param.choices else ""


class Status:
    """How fresh everything is. `wall` is the machine's clock."""

    def __init__(self, room: Room, model: ModelChoice | None, wall: Clock) -> None:
        self._room, self._model, self._wall = room, model, wall

    async def command(self, _invocation: Invocation) -> Reply:
        """Candles per timeframe, the last run of each job, the model, the knowledge base and the outbox."""
        room, now = self._room, self._room.clock.now()
        states = await room.stores.series.all()
        watched = [s for s in states if s.timeframe in room.watch.timeframes]
        fresh = tuple(_fresh(tf.value, watched, now.timestamp()) for tf in room.watch.timeframes)
        where = DocumentFilter((SHARED,), now)
        documents, waiting = await room.stores.documents.count(where), await room.stores.marks.pending_count()
        model = "none, rules only" if self._model is None else f"{self._model.name}, {self._model.queued} waiting"
        known = f"Knowledge base: {documents} shared records, {waiting} to be taken up."
        notes = (f"Model: {model}.", known, in_a_line(await room.stores.outbox.counts()))
        tables = (
            Table("Candles", ("timeframe", "series", "usable", "newest known at", "age"), fresh),
            Table("Last runs", ("job", "when", "state", "what it did"), await self._runs()),
        )
        text = f"{len(room.watch.symbols)} markets on {len(room.watch.timeframes)} timeframes; it is {when(now)}."
        return Reply(text, tables=tuple(t for t in tables if t.rows), notes=notes)

    async def _runs(self) -> tuple[tuple[str, ...], ...]:
        newest = await self._room.stores.job_runs.newest(None, 50)
        first = {run.job: run for run in reversed(newest)}
        now = self._wall.now()
        ago = {job: f"{age((now - run.started_at).total_seconds())} ago" for job, run in first.items()}
        return tuple((job, ago[job], run.state, run.detail) for job, run in sorted(first.items()))


def _fresh(timeframe: str, states: Sequence[SeriesState], now_s: float) -> tuple[str, ...]:
    mine = [s for s in states if s.timeframe == timeframe]
    known = [s.newest_at for s in mine if s.newest_at is not None]
    usable = sum(s.status == "ok" for s in mine)
    if not known:
        return timeframe, str(len(mine)), str(usable), "never", ""
    return timeframe, str(len(mine)), str(usable), when(max(known)), age(now_s - max(known).timestamp())
