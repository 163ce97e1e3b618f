"""`deskmate --help` as a whole process, beside an interpreter that does nothing.

Claim: at most 0.5 s.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import measure

SCRIPT = Path(sys.executable).with_name("deskmate")


def run(*command: str) -> None:
    """Run to the end; a failure of the command is a failure of the benchmark."""
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=os.environ | {"TERM": "dumb"})


def main() -> None:
    """Measure and report."""
    given = measure.options(__doc__).parse_args()
    ours = (str(SCRIPT), "--help") if SCRIPT.exists() else (sys.executable, "-m", "bot", "--help")
    ours_t, peer_t = measure.in_turn(
        [
            ("deskmate --help", lambda: run(*ours)),
            ("peer: python -c pass", lambda: run(sys.executable, "-c", "pass")),
        ],
        given.runs or 15,
    )
    claim = measure.Claim("deskmate --help (median)", ours_t.median, 0.5, "s")
    measure.report("Start of the command line", [(ours_t, peer_t)], [claim], as_json=given.json)


if __name__ == "__main__":
    main()
