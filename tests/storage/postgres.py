"""A PostgreSQL server of the tests' own: made, started and thrown away with the session."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

USER = "deskmate"
RUN_AS = ("postgres", "nobody")  # the server refuses to run as root
FAST = "fsync=off\nsynchronous_commit=off\nfull_page_writes=off\n"


def tools() -> Path | None:
    """The folder of initdb and pg_ctl, newest version first; None where there is no server."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: -float(p.parent.name))
    on_path = shutil.which("initdb")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "pg_ctl").exists()), None)


@contextlib.contextmanager
def server(folder: Path) -> Iterator[str]:
    """Run a server on a free loopback port; yields the address of its database without the database's name."""
    with _running(folder, FAST) as (_, address):
        yield address


@contextlib.contextmanager
def _running(folder: Path, options: str) -> Iterator[tuple[Path, str]]:
    home = Path(tempfile.mkdtemp(prefix="deskmate-pg-"))
    data, port = home / "data", _free_port()
    _hand_over(home)
    _run([folder / "initdb", "-D", data, "-U", USER, "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C"])
    with (data / "postgresql.conf").open("a") as conf:
        conf.write(f"{options}listen_addresses='127.0.0.1'\nport={port}\nunix_socket_directories=''\n")
    try:
        _run([folder / "pg_ctl", "-D", data, "-w", "-l", home / "log", "start"])
        yield data, f"postgresql+asyncpg://{USER}@127.0.0.1:{port}"
    finally:
        _run([folder / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop"], check=False)
        shutil.rmtree(home, ignore_errors=True)


@dataclass(frozen=True)
class Killable:
    """A server that keeps its promises over kill -9 of itself."""

    folder: Path
    data: Path
    address: str

    def kill(self) -> None:
        """End the server's first process at once; the others see it and end too, which is waited for."""
        lock = self.data / "postmaster.pid"
        os.kill(int(lock.read_text().splitlines()[0]), signal.SIGKILL)
        for _ in range(6000):
            if not self._is_alive():
                lock.unlink(missing_ok=True)  # where nobody reaps it, its number seems to be in use for ever
                return
            time.sleep(0.01)
        raise TimeoutError("the server did not end")

    def _is_alive(self) -> bool:
        """Whether any process works in the data folder; one that has ended and was not reaped does not."""
        for process in Path("/proc").glob("[0-9]*/cwd"):
            with contextlib.suppress(OSError):
                if process.readlink() == self.data:
                    return True
        return False

    def start(self) -> None:
        """Start it again on the same data, as soon as what is left of the killed one is gone."""
        for _ in range(300):
            try:
                _run([self.folder / "pg_ctl", "-D", self.data, "-w", "-l", self.data.parent / "log", "start"])
            except subprocess.CalledProcessError:
                time.sleep(0.1)
            else:
                return
        raise TimeoutError((self.data.parent / "log").read_text()[-2000:])


@contextlib.contextmanager
def durable_server(folder: Path) -> Iterator[Killable]:
    """As `server`, with the default promises of a server, to be killed."""
    with _running(folder, "") as (data, address):
        yield Killable(folder, data, address)


def _account() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in RUN_AS:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    return None


def _hand_over(home: Path) -> None:
    account = _account()
    if account is not None:
        os.chown(home, account.pw_uid, account.pw_gid)


def _run(command: list[Path | str], *, check: bool = True) -> None:
    account = _account()
    as_other = {} if account is None else {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    subprocess.run(
        [str(part) for part in command],
        check=check,
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"HOME": "/", "LC_ALL": "C"},
        **as_other,
    )


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
