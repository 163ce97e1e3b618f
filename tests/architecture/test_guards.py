"""The guards of the test suite can fail: each is shown a culprit."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import time
from pathlib import Path

import pytest

from tests.guards.environment import FIXED, ONE_THREAD, is_ours, isolate
from tests.guards.loop import LoopWatch
from tests.guards.network import NetworkGuard, NetworkRefusedError, is_local

TEST_NET = "192.0.2.1"  # RFC 5737: never routed


@pytest.mark.parametrize("host", [TEST_NET, "example.com", b"example.com", "8.8.8.8", "2001:db8::1", "0.0.0.0"])
def test_any_other_host_is_not_local(host: object) -> None:
    assert not is_local(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost", "a.localhost", "", None])
def test_loopback_is_local(host: object) -> None:
    assert is_local(host)


@pytest.mark.parametrize(
    ("event", "args"),
    [
        ("socket.connect", (None, (TEST_NET, 80))),
        ("socket.sendto", (None, (TEST_NET, 80))),
        ("socket.getaddrinfo", ("example.com", 443, 0, 0, 0)),
        ("socket.gethostbyname", ("example.com",)),
    ],
)
def test_the_network_guard_refuses_and_remembers_a_far_address(event: str, args: tuple[object, ...]) -> None:
    guard = NetworkGuard()

    with pytest.raises(NetworkRefusedError, match="loopback only"):
        guard.hook(event, args)

    assert len(guard.refused) == 1


def test_the_network_guard_lets_loopback_unix_sockets_and_other_events_pass() -> None:
    guard = NetworkGuard()

    guard.hook("socket.connect", (None, ("127.0.0.1", 80)))
    guard.hook("socket.connect", (None, "a.sock"))
    guard.hook("open", ("a file", "r", 0))

    assert guard.refused == []


def test_a_connection_over_loopback_works_under_the_installed_guard() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()


def _watched(limits: LoopWatch, work: object) -> list[str]:
    async def culprit() -> None:
        work()  # type: ignore[operator]

    remove = limits.install()
    try:
        asyncio.run(culprit())
    finally:
        remove()
    return [held.what for held in limits.held]


def test_a_callback_that_sleeps_is_found_by_name() -> None:
    names = _watched(LoopWatch(cpu_limit_s=60, held_limit_s=0.01), lambda: time.sleep(0.05))

    assert any("culprit" in name for name in names)


def test_a_callback_that_computes_is_found_by_name() -> None:
    names = _watched(LoopWatch(cpu_limit_s=0.005, held_limit_s=60), lambda: sum(i * i for i in range(400_000)))

    assert any("culprit" in name for name in names)


def test_a_callback_that_returns_at_once_is_not_found() -> None:
    assert _watched(LoopWatch(cpu_limit_s=1, held_limit_s=1), lambda: None) == []


def test_garbage_collection_is_not_held_against_a_callback() -> None:
    limits = LoopWatch(cpu_limit_s=60, held_limit_s=60)

    def collect() -> None:
        before = limits.collected_s()
        gc.collect()
        assert limits.collected_s() > before

    assert _watched(limits, collect) == []


def test_settings_of_the_developer_and_proxies_are_taken_out() -> None:
    environ = {"DATA_DIR": "mine", "DISCORD_TOKEN": "secret", "https_proxy": "a", "PATH": "b", "NO_COLOR": "1"}

    isolate(environ)

    assert environ == {"PATH": "b", **FIXED, **dict.fromkeys(ONE_THREAD, "1")}


def test_this_process_has_no_settings_and_a_far_zone() -> None:
    assert not [name for name in os.environ if is_ours(name)]
    assert time.timezone != 0
    assert not Path(".env").exists()
    assert list(Path().iterdir()) == []
