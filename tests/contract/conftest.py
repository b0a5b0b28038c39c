"""One web server for all tests of the contract."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract import server
from tests.end_to_end.workers import environment


@pytest.fixture(scope="package")
def server_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the server's data and log."""
    return tmp_path_factory.mktemp("server")


@pytest.fixture(scope="package")
def address(django_db_setup: None, server_folder: Path) -> Iterator[str]:
    """Serve the test database; return the server's address."""
    with server.running(server_folder, environment(server_folder, "")) as found:
        yield found
