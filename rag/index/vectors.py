"""Every vector of a generation: a file in which each record is checked, and the same in memory for exact scores.

Answers are computed from memory alone, so that damage to files never changes one; what was read was read with its sum.
"""

from __future__ import annotations

import json
import logging
import mmap
import os
import struct
import threading
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.embedder import VectorArray
from rag.index.port import IndexBrokenError, IndexEntry, IndexMismatchError

log = logging.getLogger(__name__)

FORMAT = 1
FIRST_ROWS = 1024
MOST_NUMBERS = 8_192  # in a vector: beyond any sentence model's

_LONGEST_NAMES = 4_096  # bytes of id, scope and hash together; a longer record is none of ours
_FRAME = struct.Struct("<III")  # length of what follows, the same with all bits turned, CRC-32 of what follows
_ALL_BITS = 0xFFFF_FFFF
_LENGTHS = struct.Struct("<HHH")
_HEADER, _PUT, _GONE = b"H", b"P", b"D"


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose vectors an index holds."""

    model: str
    dimension: int

    def check(self, held: Mapping[str, object]) -> None:
        """Raises IndexMismatchError when `model` and `dimension` tell of other vectors."""
        other = (held.get("model"), held.get("dimension"))
        if other != (self.model, self.dimension):
            raise IndexMismatchError(
                f"The index holds vectors of {other[0]} ({other[1]} numbers), the embedding model is {self.model} "
                f"({self.dimension}). Rebuild it: deskmate reindex"
            )


class VectorFile:
    """Vectors by scope and id in `path`, appended and never changed in place.

    A process that dies while it appends leaves at most one torn record at the end, which the next opening cuts off; any
    other fault is damage. One thread writes; `scores` may run in another one meanwhile.
    """

    def __init__(self, path: Path, identity: Identity) -> None:
        """Use `create` or `open`."""
        self.path = path
        self.identity = identity
        self.dead = 0  # records that were replaced or deleted since
        self._matrix = np.empty((FIRST_ROWS, identity.dimension), dtype=np.float32)
        self._used = 0
        self._free: list[int] = []
        self._rows: dict[str, dict[str, int]] = {}
        self._hashes: dict[str, str] = {}
        self._lock = threading.Lock()
        self._file = -1
        self._size = 0

    @classmethod
    def create(cls, path: Path, identity: Identity) -> VectorFile:
        """A new, empty one."""
        made = cls(path, identity)
        made._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        head = {"format": FORMAT, "model": identity.model, "dimension": identity.dimension}
        made._append([_HEADER + json.dumps(head).encode()])
        return made

    @classmethod
    def open(cls, path: Path, identity: Identity) -> VectorFile:
        """An existing one, every record of it checked; raises IndexMismatchError or IndexBrokenError."""
        opened = cls(path, identity)
        try:
            opened._file = os.open(path, os.O_RDWR | os.O_APPEND)
        except OSError as e:
            raise _damaged(path, "is missing its vectors") from e
        try:
            opened._load()
        except BaseException:
            opened.close()
            raise
        return opened

    def put(self, entries: Sequence[IndexEntry]) -> None:
        """Add or replace entries by scope and id; on disk when this returns. ValueError for another length."""
        for entry in entries:
            if entry.vector.shape != (self.identity.dimension,):
                raise ValueError(f"{entry.doc_id}: a vector of shape {entry.vector.shape}")
        self._append([_record(entry) for entry in entries])
        with self._lock:
            for entry in entries:
                self._hold(entry.scope, entry.doc_id, entry.content_hash, entry.vector)

    def delete(self, ids: Iterable[str]) -> list[str]:
        """Remove the ids in every scope; those that were there."""
        there = [i for i in dict.fromkeys(ids) if i in self._hashes]
        if there:
            self._append([_GONE + i.encode() for i in there])
            with self._lock:
                for doc_id in there:
                    self._drop(doc_id)
        return there

    def scores(self, ids: Sequence[str], vector: VectorArray, scopes: Sequence[str] | None) -> dict[str, float]:
        """Exact cosine of the normalised `vector` with those of `ids` that are here."""
        found: dict[str, float] = {}
        with self._lock:
            for scope, rows in self._rows.items():
                if scopes is not None and scope not in scopes:
                    continue
                known = [i for i in ids if i in rows]
                if known:
                    chosen = [rows[i] for i in known]
                    found.update(zip(known, self._cosines(chosen, vector), strict=True))
        return found

    def known(self, ids: Iterable[str]) -> dict[str, str]:
        """`content_hash` of those of `ids` that are here."""
        return {i: self._hashes[i] for i in ids if i in self._hashes}

    def elsewhere(self, entries: Iterable[IndexEntry]) -> list[str]:
        """Ids of the entries that are here in another scope."""
        here = [e for e in entries if e.doc_id in self._hashes]
        return [e.doc_id for e in here if e.doc_id not in self._rows.get(e.scope, {})]

    def vector(self, scope: str, doc_id: str, content_hash: str) -> VectorArray | None:
        """A copy of the vector of exactly this content; None when it is not here."""
        row = self._rows.get(scope, {}).get(doc_id)
        if row is None or self._hashes.get(doc_id) != content_hash:
            return None
        copied: VectorArray = self._matrix[row].copy()
        return copied

    def ids(self) -> frozenset[str]:
        """Every id."""
        return frozenset(self._hashes)

    def items(self) -> Iterator[tuple[str, str, VectorArray]]:
        """(scope, id, vector) of all entries."""
        for scope, rows in self._rows.items():
            for doc_id, row in rows.items():
                yield scope, doc_id, self._matrix[row]

    def __len__(self) -> int:
        """Entries."""
        return len(self._hashes)

    def look(self, *, thorough: bool = False) -> None:
        """Raises IndexBrokenError when the file was moved, cut or (`thorough`) changed behind our back."""
        try:
            there, ours = self.path.stat(), os.fstat(self._file)
        except OSError as e:
            raise _damaged(self.path, "has lost its vectors") from e
        if (there.st_ino, there.st_size) != (ours.st_ino, self._size):
            raise _damaged(self.path, "was changed from outside")
        if thorough:
            with self._mapped() as data:
                if sum(len(payload) + _FRAME.size for payload in self._payloads(data)) != self._size:
                    raise _damaged(self.path, "was cut")

    def close(self) -> None:
        """Let go of the file; safe to call twice."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _append(self, payloads: Sequence[bytes]) -> None:
        if self._size:
            self.look()
        data = b"".join(_FRAME.pack(len(p), len(p) ^ _ALL_BITS, zlib.crc32(p)) + p for p in payloads)
        try:
            written = os.write(self._file, data)
            while written < len(data):
                written += os.write(self._file, data[written:])
            os.fsync(self._file)
        except OSError as e:
            raise _damaged(self.path, f"cannot be written ({e.strerror})") from e
        self._size += len(data)

    def _load(self) -> None:
        with self._mapped() as data:
            payloads = self._payloads(data)
            head = next(payloads, b"")
            if head[:1] != _HEADER:
                raise _damaged(self.path, "does not begin as it should")
            self.identity.check(json.loads(head[1:]))
            self._size = _FRAME.size + len(head)
            for payload in payloads:
                self._take(payload)
                self._size += _FRAME.size + len(payload)
            torn = len(data) > self._size
        if torn:
            os.ftruncate(self._file, self._size)

    def _mapped(self) -> mmap.mmap:
        try:
            return mmap.mmap(self._file, 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as e:
            raise _damaged(self.path, "is empty") from e

    def _payloads(self, data: mmap.mmap) -> Iterator[bytes]:
        """The records in order, each with its sum checked; what was torn off at the very end is left out."""
        at, end = 0, len(data)
        longest = 4 * MOST_NUMBERS + _LONGEST_NAMES
        while at + _FRAME.size <= end:
            length, turned, crc = _FRAME.unpack_from(data, at)
            stop = at + _FRAME.size + length
            is_length = 0 < length <= longest and length ^ _ALL_BITS == turned
            if is_length and stop > end:
                return
            payload = data[at + _FRAME.size : stop]
            if not is_length or zlib.crc32(payload) != crc:
                raise _damaged(self.path, "holds bytes that were not written by it")
            yield payload
            at = stop

    def _take(self, payload: bytes) -> None:
        if payload[:1] == _GONE:
            self._drop(payload[1:].decode())
            return
        start = 1 + _LENGTHS.size
        lengths = _LENGTHS.unpack_from(payload, 1)
        ends = np.cumsum([start, *lengths]).tolist()
        doc_id, scope, content_hash = (payload[a:b].decode() for a, b in pairwise(ends))
        self._hold(scope, doc_id, content_hash, np.frombuffer(payload, dtype="<f4", offset=ends[-1]))

    def _hold(self, scope: str, doc_id: str, content_hash: str, vector: VectorArray) -> None:
        rows = self._rows.setdefault(scope, {})
        row = rows.get(doc_id)
        if row is None:
            row = rows[doc_id] = self._free.pop() if self._free else self._next_row()
        else:
            self.dead += 1
        self._matrix[row] = vector
        self._hashes[doc_id] = content_hash

    def _next_row(self) -> int:
        if self._used == len(self._matrix):
            grown = np.empty((2 * len(self._matrix), self.identity.dimension), dtype=np.float32)
            grown[: self._used] = self._matrix
            self._matrix = grown
        self._used += 1
        return self._used - 1

    def _drop(self, doc_id: str) -> None:
        if self._hashes.pop(doc_id, None) is not None:
            self.dead += 1
        for rows in self._rows.values():
            row = rows.pop(doc_id, None)
            if row is not None:
                self._free.append(row)

    def _cosines(self, rows: Sequence[int], vector: VectorArray) -> list[float]:
        if 4 * len(rows) > self._used:  # reading all of it in order is faster than picking most of it
            every: NDArray[np.float32] = self._matrix[: self._used] @ vector
            return every[rows].tolist()  # type: ignore[no-any-return]
        return (self._matrix[rows] @ vector).tolist()  # type: ignore[no-any-return]


def _record(entry: IndexEntry) -> bytes:
    names = [part.encode() for part in (entry.doc_id, entry.scope, entry.content_hash)]
    vector = np.ascontiguousarray(entry.vector, dtype="<f4")
    return b"".join((_PUT, _LENGTHS.pack(*map(len, names)), *names, vector.tobytes()))


def _damaged(path: Path, how: str) -> IndexBrokenError:
    log.warning("%s %s", path, how)
    return IndexBrokenError(f"The vector index {how}. Rebuild it: deskmate reindex")
