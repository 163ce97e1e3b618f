"""Which versions of the schema this code knows; kept apart so that opening a database loads no migration."""

from __future__ import annotations

from signals.errors import UserError

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010")
HEAD = REVISIONS[-1]


def refuse_unknown(revision: str | None, label: str) -> None:
    """UserError when the schema was written by a version of Deskmate that came after this one."""
    if revision is not None and revision not in REVISIONS:
        raise UserError(
            f"The database {label} was written by a newer Deskmate (schema {revision}, this one knows {HEAD}). "
            "Install that version, or restore a backup from before the change."
        )
