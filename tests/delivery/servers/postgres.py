"""A PostgreSQL of the tests' own: made in a folder of its own, reached over this machine only, gone afterwards."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PASSWORD = "postgres-hidden-word"
LOGIN = "churn"


@dataclass(frozen=True)
class Postgres:
    """A server that is up."""

    port: int

    @property
    def url(self) -> str:
        return f"postgresql://{LOGIN}@127.0.0.1:{self.port}/postgres"


def programs() -> Path | None:
    """Find the folder of initdb and postgres; None where PostgreSQL is not installed."""
    found = shutil.which("initdb")
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    places = [Path(found).resolve().parent, *places] if found else places
    return next((place for place in places if (place / "initdb").is_file() and (place / "postgres").is_file()), None)


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Start a server, and stop it."""
    place = programs()
    if place is None:
        raise FileNotFoundError("PostgreSQL is not installed")
    folder = Path(tempfile.mkdtemp(prefix="churnrisk-postgres-", dir="/tmp"))
    try:
        who = _somebody_else(folder)
        secret = folder / "password"
        secret.write_text(PASSWORD, encoding="utf-8")
        secret.chmod(0o644)
        data = folder / "data"
        made = [place / "initdb", "-D", data, "-U", LOGIN, f"--pwfile={secret}", "--auth=scram-sha-256"]
        _run([*made, "--encoding=UTF8", "--locale=C", "--no-sync"], who)
        port = _free_port()
        told = f"-c port={port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        control = [place / "pg_ctl", "-D", data, "-w", "-t", "60"]
        _run([*control, "-l", folder / "log", "-o", told, "start"], who)
        try:
            yield Postgres(port)
        finally:
            _run([*control, "-m", "immediate", "stop"], who)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _somebody_else(folder: Path) -> int | None:
    """Give the id of somebody without rights where root runs the tests: initdb refuses root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(folder, found.pw_uid, found.pw_gid)
        return found.pw_uid
    return None


def _run(command: list[object], who: int | None) -> None:
    done = subprocess.run(
        [str(word) for word in command],
        user=who,
        cwd="/tmp",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
