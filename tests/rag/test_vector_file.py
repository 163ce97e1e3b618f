"""The file of vectors by itself: every byte is checked, and a torn end is cut off."""

import os
from pathlib import Path

import numpy as np

from rag.index import IndexBrokenError, IndexEntry
from rag.index.vectors import Identity, VectorFile


def test_a_record_torn_off_at_the_end_is_cut_and_the_rest_is_kept(tmp_path: Path) -> None:
    identity = Identity("fake", 8)
    path = tmp_path / "vectors.bin"
    made = VectorFile.create(path, identity)
    entries = [room_entry(f"trade:{i}") for i in range(3)]
    made.put(entries)
    made.close()
    whole = path.stat().st_size
    os.truncate(path, whole - 5)

    first = VectorFile.open(path, identity)
    kept = first.ids()
    first.put(entries[2:])
    first.close()
    second = VectorFile.open(path, identity)
    every = second.ids()
    second.close()

    assert kept == {"trade:0", "trade:1"}
    assert every == {"trade:0", "trade:1", "trade:2"}
    assert path.stat().st_size == whole


def test_every_single_flipped_byte_is_noticed(tmp_path: Path) -> None:
    identity = Identity("fake", 8)
    path = tmp_path / "vectors.bin"
    made = VectorFile.create(path, identity)
    made.put([room_entry("trade:0"), room_entry("trade:1")])
    made.close()
    sound = path.read_bytes()
    unnoticed = []
    for at in range(len(sound)):
        data = bytearray(sound)
        data[at] ^= 0x55
        path.write_bytes(data)
        try:
            VectorFile.open(path, identity).close()
        except IndexBrokenError:
            continue
        unnoticed.append(at)

    assert unnoticed == []


def room_entry(doc_id: str) -> IndexEntry:
    vector = np.random.default_rng(len(doc_id)).normal(size=8).astype(np.float32)
    return IndexEntry(doc_id, "shared", vector, "text", "h", {})
