"""A small Ollama of our own on 127.0.0.1, for machines without the loopback peers: an answer, or a fault, in NDJSON."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

from tests.rag.llm.fakes import an_answer

STATUS = {"404": "model 'llama3.2' not found", "500": "llama runner process has terminated", "503": "server busy"}
CONTENT = {
    "empty": "",
    "bad_json": '{"stance": "confirm", "thesis": "unterminated',
    "wrong_schema": '{"answer": 42}',
    "infinity": an_answer().replace("[1, 2]", "[Infinity]"),
    "repeat": "the market " * 700,
}


class OwnOllama:
    """Speaks /api/chat, /api/tags and /api/ps. `faults` are used up one by one, `log` keeps every chat request."""

    def __init__(self) -> None:
        self.faults: list[dict[str, Any]] = []
        self.log: list[dict[str, Any]] = []
        self.reply = an_answer()
        self.base, self._port = "", 0
        self._server: asyncio.Server | None = None
        self._held: set[asyncio.Task[Any]] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        self.base = f"http://127.0.0.1:{self._port}"

    up = start

    async def down(self) -> None:
        """Nothing listens any more, until `up`."""
        assert self._server is not None
        self._server.close()
        for task in self._held:
            task.cancel()

    stop = down

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._held.add(task)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                found = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
                body = await reader.readexactly(int(found[1])) if found else b"{}"
                await self._answer(head.split(b" ")[1].decode(), json.loads(body), writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            writer.close()
        finally:
            self._held.discard(task)

    async def _answer(self, path: str, body: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        if path != "/api/chat":
            return await _whole(writer, 200, {"models": []})
        fault = self.faults.pop(0) if self.faults else {}
        kind = str(fault.get("kind", ""))
        self.log.append({"path": path, "body": body, "fault": kind})
        if kind == "hang":
            await asyncio.sleep(600)
        if kind in STATUS:
            return await _whole(writer, int(kind), {"error": STATUS[kind]})
        await self._stream(kind, writer)
        return None

    async def _stream(self, kind: str, writer: asyncio.StreamWriter) -> None:
        text = CONTENT.get(kind, self.reply)
        if kind == "fenced":
            text = f"Sure!\n```json\n{text}\n```"
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n")
        pieces = [text[i : i + 12] for i in range(0, len(text), 12)]
        for n, piece in enumerate(pieces):
            if n == 4 and kind in ("cut", "malformed", "error_line"):
                lines = {
                    "malformed": b'{"model": "x", "mess\n',
                    "error_line": b'{"error": "an error was encountered"}\n',
                }
                await _chunk(writer, lines.get(kind, b""))
                raise ConnectionError
            if n == len(pieces) // 2 and kind == "length":
                break
            await _chunk(writer, _line(piece))
            await asyncio.sleep(1.0 if kind == "slow" else 0)
        reason = "length" if kind in ("length", "repeat") else "stop"
        await _chunk(writer, _line("", done=True, done_reason=reason))
        writer.write(b"0\r\n\r\n")
        await writer.drain()


def _line(content: str, **more: Any) -> bytes:
    line = {"model": "llama3.2", "message": {"role": "assistant", "content": content}, "done": False}
    return json.dumps(line | more).encode() + b"\n"


async def _chunk(writer: asyncio.StreamWriter, line: bytes) -> None:
    if line:
        writer.write(f"{len(line):x}\r\n".encode() + line + b"\r\n")
    await writer.drain()


async def _whole(writer: asyncio.StreamWriter, status: int, body: dict[str, Any]) -> None:
    raw = json.dumps(body).encode()
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(raw)}\r\n\r\n"
    writer.write(head.encode() + raw)
    await writer.drain()
