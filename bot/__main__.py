"""`python -m bot` and the console script `deskmate`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; ends the process with its status."""
    from bot.cli.boundary import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
