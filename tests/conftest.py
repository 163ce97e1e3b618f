"""Surroundings of every test: no network but loopback, no developer's settings, no blocked event loop."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.configuration import set_hypothesis_home_dir

from tests.guards.environment import isolate, move_far_from_utc
from tests.guards.loop import LoopWatch
from tests.guards.network import NetworkGuard
from tests.guards.tracing import trace

isolate(os.environ)
move_far_from_utc()

settings.register_profile(
    "deskmate",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("deskmate")
ROOT = Path(__file__).parents[1]
set_hypothesis_home_dir(ROOT / ".hypothesis")

NETWORK = NetworkGuard()
LOOPS = LoopWatch()
NETWORK.install()
LOOPS.install()


@pytest.fixture(autouse=True)
def _an_empty_working_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No `.env` and no data of the developer; what a test leaves behind, no other finds."""
    monkeypatch.chdir(tmp_path_factory.mktemp("cwd"))


def pytest_runtest_logstart(location: tuple[str, int | None, str]) -> None:
    """Measure the coverage of some tests only."""
    trace(ROOT / location[0])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test that reached for the network or held the event loop, whatever became of its own assertions."""
    NETWORK.refused.clear()
    LOOPS.held.clear()
    result = yield
    if NETWORK.refused:
        pytest.fail(f"tests may use loopback only; asked for: {', '.join(NETWORK.refused)}", pytrace=False)
    if LOOPS.held and item.get_closest_marker("may_block") is None:
        pytest.fail("; ".join(str(held) for held in LOOPS.held), pytrace=False)
    return result
