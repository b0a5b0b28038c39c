"""The PostgreSQL server that Punctual brings along."""

import os
import shutil
import signal
import tempfile
from pathlib import Path

import psutil
import psycopg2
import pytest

from config.kernel import database_roles
from demo.local import embedded_postgres

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def initialised():
    """Return a folder that the first start fills; to fill one takes longer than all else here."""
    made = Path(tempfile.mkdtemp(prefix="punctual-"))
    yield made
    shutil.rmtree(made)


@pytest.fixture
def folder(initialised):
    """Return the folder, in which no server runs; the one that a test starts ends with it."""
    yield initialised
    pid_file = initialised / "postmaster.pid"
    if pid_file.exists():
        embedded_postgres.Server(initialised, int(pid_file.read_text().split()[0]), "").stop()


def ask(server, role, question):
    connection = psycopg2.connect(server.dsn(role, database_roles.DATABASE))
    with connection.cursor() as cursor:
        cursor.execute(question)
        answer = cursor.fetchone()[0]
    connection.close()
    return answer


def test_a_second_start_joins_the_running_server(folder):
    assert embedded_postgres.start(folder, durable=False).pid == embedded_postgres.start(folder, durable=False).pid


def test_the_application_role_can_make_no_tables(folder):
    server = embedded_postgres.start(folder, durable=False)
    assert ask(server, database_roles.APPLICATION, "SELECT has_schema_privilege('public', 'CREATE')") is False
    assert ask(server, database_roles.OWNER, "SELECT has_schema_privilege('public', 'CREATE')") is True


def test_a_killed_server_starts_again_in_the_same_process(folder):
    first = embedded_postgres.start(folder, durable=False)
    os.kill(first.pid, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(first.pid)] if psutil.pid_exists(first.pid) else [], timeout=5)
    second = embedded_postgres.start(folder, durable=False)
    assert second.pid != first.pid
    assert ask(second, database_roles.APPLICATION, "SELECT 1") == 1


def test_a_stopped_server_is_gone(folder):
    server = embedded_postgres.start(folder, durable=False)
    server.stop()
    assert not (folder / "postmaster.pid").exists()
    server.stop()
