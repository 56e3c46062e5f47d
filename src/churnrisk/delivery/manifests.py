"""What earlier nights wrote of themselves."""

import json
from datetime import date
from pathlib import Path
from typing import Any

MANIFEST = "run.json"


def manifests(out_folder: Path, before: date | None = None) -> list[dict[str, Any]]:
    """Read the manifest of every night that a cutoff's link points at, the oldest first.

    A link that points at nothing, or at a folder whose manifest cannot be read, is passed over.

    Parameters
    ----------
    out_folder
        The pipeline's folder, with one link a cutoff.
    before
        Only nights of earlier cutoffs.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> (folder / "2025-06-01").mkdir()
    >>> _ = (folder / "2025-06-01" / "run.json").write_text('{"cutoff": "2025-06-01"}')
    >>> manifests(folder), manifests(folder, before=date(2025, 6, 1))
    ([{'cutoff': '2025-06-01'}], [])
    """
    if not out_folder.is_dir():
        return []
    days = sorted(day for path in out_folder.iterdir() if (day := _day_of(path.name)) is not None)
    told = [manifest_of(out_folder / str(day)) for day in days if before is None or day < before]
    return [one for one in told if one is not None]


def manifest_of(folder: Path) -> dict[str, Any] | None:
    """Read the manifest of one run; None where there is none, or it cannot be read.

    Examples
    --------
    >>> manifest_of(Path("no such folder")) is None
    True
    """
    try:
        told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return told if isinstance(told, dict) else None


def _day_of(name: str) -> date | None:
    try:
        day = date.fromisoformat(name)
    except ValueError:
        return None
    return day if str(day) == name else None
