"""The kernel runs compiled where it can, and plainly where it cannot."""

from __future__ import annotations

import importlib.util

import pytest

from signals.backtest import kernel

NOWHERE: dict[str, object] = {}
exec(compile("def twice(x):\n    return 2 * x\n", "<nowhere>", "exec"), NOWHERE)


def test_machine_code_that_cannot_be_kept_is_made_each_time():
    made = kernel._machine_code.__wrapped__(NOWHERE["twice"])

    assert made(21) == 42
    assert made is not NOWHERE["twice"]


def test_without_numba_the_plain_functions_run(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    assert kernel._machine_code.__wrapped__(kernel.simulate) is kernel.simulate


def test_the_machine_code_is_kept_beside_the_module():
    made = kernel.compiled().simulate

    assert made.py_func is kernel.simulate
    assert made.stats.cache_path


def test_much_work_is_compiled():
    assert kernel.engine(kernel.COMPILE_FROM_BARS) == kernel.compiled()
