"""A PostgreSQL server of the tests' own: made, started and thrown away with the session."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
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
    home = Path(tempfile.mkdtemp(prefix="deskmate-pg-"))
    data, port = home / "data", _free_port()
    _hand_over(home)
    _run([folder / "initdb", "-D", data, "-U", USER, "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C"])
    with (data / "postgresql.conf").open("a") as conf:
        conf.write(f"{FAST}listen_addresses='127.0.0.1'\nport={port}\nunix_socket_directories=''\n")
    try:
        _run([folder / "pg_ctl", "-D", data, "-w", "-l", home / "log", "start"])
        yield f"postgresql+asyncpg://{USER}@127.0.0.1:{port}"
    finally:
        _run([folder / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop"], check=False)
        shutil.rmtree(home, ignore_errors=True)


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
