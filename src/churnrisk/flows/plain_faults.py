"""Faults of the disk, the engine and MLflow's store, told in plain words with what to do."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from churnrisk.errors import ChurnRiskError, DeliveryError, EngineError, ModelError, SourceError
from churnrisk.settings import PipelineSettings

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
CLOSED = {errno.EROFS, errno.EACCES, errno.EPERM}


@contextmanager
def plain_faults(settings: PipelineSettings) -> Iterator[None]:
    """Tell a fault of what lies around a run as one sentence: what was expected, what came, what to do.

    Raises
    ------
    DeliveryError
        When the disk is full, or takes no writes.
    SourceError, EngineError
        When the engine could not read a table, or had no room.
    ModelError
        When MLflow's store could not be opened.
    """
    try:
        yield
    except Exception as fault:
        told = _told(fault, settings.out_folder)
        if told is None:
            raise
        raise told from fault


def _told(fault: Exception, out: Path) -> ChurnRiskError | None:
    if _is_of_the_store(fault):
        return ModelError(of_the_store(fault))
    if isinstance(fault, duckdb.Error):
        return of_the_engine(fault)
    of_disk = of_the_disk(fault, out) if isinstance(fault, OSError) else None
    return DeliveryError(of_disk) if of_disk else None


def of_the_disk(fault: OSError, out: Path) -> str | None:
    """Say what is wrong with the disk; None where it is something else.

    Examples
    --------
    >>> of_the_disk(OSError(errno.ENOSPC, "No space left on device"), Path("out/sample"))[:56]
    'Expected room to write under out/sample, and there is no'
    >>> of_the_disk(FileNotFoundError(), Path("out/sample")) is None
    True
    """
    if fault.errno in FULL:
        return (
            f"Expected room to write under {out}, and there is none left ({_reason(fault)}). Make room and run "
            "again; what was written before stands as it was."
        )
    if fault.errno in CLOSED:
        where = fault.filename or out
        return (
            f"Expected to read and write {where}, and it is not allowed ({_reason(fault)}). Give this user the right "
            "to, or name another folder as out in the TOML; what was written before stands as it was."
        )
    return None


def of_the_engine(fault: duckdb.Error) -> SourceError | EngineError:
    """Say what stopped the engine.

    Examples
    --------
    >>> str(of_the_engine(duckdb.IOException("IO Error: usage.parquet is gone")))[:74]
    'Expected to read the tables to the end, and the engine could not: IO Error'
    """
    why = str(fault).strip().splitlines()[0].rstrip(".")
    if isinstance(fault, duckdb.OutOfMemoryException) or "No space left" in why:
        return EngineError(
            f"Expected room for the engine's work, and there is none left: {why}. Make room on the disk for "
            "temporary files (TMPDIR names it), or raise [engine] memory_limit, and run again."
        )
    return SourceError(
        f"Expected to read the tables to the end, and the engine could not: {why}. If the files were written anew "
        "meanwhile, run again when they are whole."
    )


def of_the_store(fault: Exception) -> str:
    """Say what is wrong with MLflow's store, by its first line.

    Examples
    --------
    >>> of_the_store(RuntimeError("(sqlite3.OperationalError) database is locked"))[:71]
    "Expected to open MLflow's store, and it could not be: (sqlite3.Operatio"
    """
    why = str(fault).strip().splitlines()[0].rstrip(".") if str(fault).strip() else type(fault).__name__
    return (
        f"Expected to open MLflow's store, and it could not be: {why}. If another process holds it, run again when "
        "that is done; else see that [tracking] uri is right and can be reached."
    )


def _is_of_the_store(fault: Exception) -> bool:
    return type(fault).__module__.split(".")[0] in ("mlflow", "sqlalchemy", "sqlite3", "filelock")


def _reason(fault: OSError) -> str:
    return os.strerror(fault.errno or 0)
