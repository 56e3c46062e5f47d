from collections.abc import Iterator

import pytest

from tests.delivery.servers.postgres import PASSWORD, Postgres, postgres, programs


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """A real PostgreSQL, started once a session."""
    if programs() is None:
        pytest.skip("PostgreSQL is not installed; scripts/install-postgresql does it")
    with postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: Postgres, monkeypatch: pytest.MonkeyPatch) -> str:
    """Its address; the password is in DATABASE_PASSWORD."""
    monkeypatch.setenv("DATABASE_PASSWORD", PASSWORD)
    return postgres_server.url
