"""Reindexes that are killed with SIGKILL: answers go on, and the next reindex holds the right ids.

The full run (5,000 documents, 200 kills; about ten minutes): DESKMATE_KILLS=200 pytest tests/rag/test_index_kills.py
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("DESKMATE_KILLS", "6"))
DOCUMENTS = 5_000 if KILLS > 100 else 200


@pytest.mark.may_block("waits for a process that forks, kills and waits itself")
def test_kills_during_a_reindex_leave_answers_and_the_right_ids(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "tests" / "rag" / "kill_reindex.py"), str(tmp_path)]

    done = subprocess.run(
        [*command, str(DOCUMENTS), str(KILLS)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60 + 30 * KILLS,
    )

    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["wrong"] == []
    assert sum(found["landed"].values()) - found["landed"].get("finished", 0) >= KILLS
    assert (found["equal"], found["documents"], found["nearest"], found["fault"]) == (True, DOCUMENTS, 3, "")
