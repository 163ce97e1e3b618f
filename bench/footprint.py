"""Time, disk and peak memory of `make demo` and `make test` in a fresh clone with empty package caches.

Each command runs twice: the first call installs. Memory is the largest sum of resident sizes over all processes of the
command at one moment (Linux), so shared pages count more than once. Prints the README's table.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
SAMPLE_S = 0.1
MB = 1_000_000


@dataclass(frozen=True)
class Footprint:
    """One command's first and second call, and what lies on the disk after it, in seconds and MB."""

    command: str
    first_s: float
    again_s: float
    first_peak_mb: float
    again_peak_mb: float
    venv_mb: float
    data_mb: float

    def line(self) -> str:
        """A row of the README's table."""
        return (
            f"| `{self.command}` | {self.first_s:.0f} s | {self.again_s:.1f} s | {self.venv_mb:,.0f} MB "
            f"| {self.data_mb:,.1f} MB | {self.first_peak_mb:,.0f} MB | {self.again_peak_mb:,.0f} MB |"
        )


class PeakMemory(threading.Thread):
    """Samples the resident size of a process and its descendants until it is gone."""

    def __init__(self, root_pid: int) -> None:
        super().__init__(daemon=True)
        self._known = {root_pid}
        self._over = threading.Event()
        self.peak_bytes = 0

    def run(self) -> None:
        """Sample."""
        while not self._over.wait(SAMPLE_S):
            self.peak_bytes = max(self.peak_bytes, self._sample())

    def stop(self) -> None:
        """Take no more samples."""
        self._over.set()
        self.join()

    def _sample(self) -> int:
        """Descendants are remembered, so that one that was left by its parent still counts."""
        sizes, parents = {}, {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
            except OSError:
                continue
            pid = int(stat.parent.name)
            parents[pid], sizes[pid] = int(fields[1]), int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
        grown = True
        while grown:
            children = {pid for pid, parent in parents.items() if parent in self._known} - self._known
            self._known |= children
            grown = bool(children)
        self._known &= set(sizes)
        return sum(sizes[pid] for pid in self._known)


def run(command: list[str], folder: Path, environ: dict[str, str]) -> tuple[float, float]:
    """Seconds and peak MB; a command that fails ends the measurement with its output."""
    start = time.perf_counter()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, cwd=folder, env=environ, stdout=output, stderr=subprocess.STDOUT)
        memory = PeakMemory(process.pid)
        memory.start()
        status = process.wait()
        taken = time.perf_counter() - start
        memory.stop()
        if status:
            output.seek(0)
            sys.exit(f"{' '.join(command)} ended with {status}:\n{output.read()[-4000:]}")
    return taken, memory.peak_bytes / MB


def disk_mb(folder: Path) -> float:
    """What the files of a folder occupy, each counted once however many names it has."""
    stats = {(s.st_dev, s.st_ino): s.st_blocks * 512 for p in folder.rglob("*") if not p.is_dir() for s in [p.lstat()]}
    return sum(stats.values()) / MB


def measured(target: str) -> Footprint:
    """Clone, run twice, weigh."""
    with tempfile.TemporaryDirectory(prefix="deskmate-footprint-") as folder:
        clone, caches = Path(folder, "clone"), Path(folder, "caches")
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        environ = os.environ | {"UV_CACHE_DIR": str(caches / "uv"), "PIP_NO_CACHE_DIR": "1"}
        environ.pop("VIRTUAL_ENV", None)
        command = ["make", target, f"PYTHON={base_python()}"]
        first, again = run(command, clone, environ), run(command, clone, environ)
        sizes = disk_mb(clone / ".venv"), disk_mb(clone / "data")
        return Footprint(f"make {target}", first[0], again[0], first[1], again[1], *sizes)


def base_python() -> str:
    """The interpreter outside any virtual environment."""
    return str(Path(sys.base_prefix, "bin", f"python{sys.version_info.major}.{sys.version_info.minor}"))


def main() -> None:
    """Measure the targets given, or both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", default=["demo", "test"])
    parser.add_argument("--json", action="store_true", help="print JSON only")
    given = parser.parse_args()
    found = [measured(target) for target in given.targets]
    if given.json:
        print(json.dumps([asdict(one) for one in found], indent=2))
        return
    print("| command | first call | again | `.venv` | data | peak memory, first call | peak memory, again |")
    print("|---|---|---|---|---|---|---|")
    print("\n".join(one.line() for one in found))


if __name__ == "__main__":
    main()
