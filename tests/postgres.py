"""Starts the embedded PostgreSQL before Django reads its settings, unless DATABASE_URL names a server."""

import os
from pathlib import Path

import pytest

DATA_DIR = Path(os.environ.get("DATA_DIR") or Path(__file__).resolve().parents[1] / ".data") / "test"
os.environ["DATA_DIR"] = str(DATA_DIR)
# Importing `config` makes the Celery application, which would choose the settings of development.
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"

_server = None
if not os.environ.get("DATABASE_URL"):
    from config.kernel import embedded

    _server = embedded.start(DATA_DIR / "pg", durable=False, create_databases=True)
    os.environ.update(_server.environment())


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    """Stop the server that this run started."""
    if _server:
        _server.stop()
