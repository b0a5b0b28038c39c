"""The tenancy wall's third layer: row-level security, told by the statements for whom they are.

The scope goes in front of a statement in the same message, so that it costs no round trip. PostgreSQL runs such a
message in one transaction, and forgets the setting at its end: no connection ever carries a tenant into its next use.
"""

from collections.abc import Iterable
from typing import Any

from django.db import NotSupportedError
from django.db.backends.postgresql import base
from psycopg2.extensions import TRANSACTION_STATUS_IDLE, connection, cursor
from psycopg2.sql import Composable

from accounts import database_scope

# These work in a transaction that has failed, where nothing else does, and read no row.
BARE = ("SAVEPOINT", "RELEASE", "ROLLBACK")


class ScopedConnection(connection):
    """Keeps the scope that was set in the open transaction."""

    told: database_scope.Scope | None = None


class ScopedCursor(cursor):
    """A cursor whose statements run as the current scope."""

    def execute(self, query: Any, vars: Any = None) -> None:
        """Run one statement; its result is the last of the message, the one that psycopg2 keeps."""
        text = query.as_string(self) if isinstance(query, Composable) else query
        if isinstance(text, bytes):
            text = text.decode()
        try:
            super().execute(self._scope(text) + text, vars)
        except BaseException:
            # It may not even have been sent.
            self.connection.told = None
            raise

    def executemany(self, query: Any, vars_list: Iterable[Any]) -> None:
        """Run a statement once for each set of values; psycopg2's own loop would not pass through `execute`."""
        for values in vars_list:
            self.execute(query, values)

    def _refuse(self, *args: Any, **kwargs: Any) -> None:
        raise NotSupportedError("This would run as whatever scope the transaction was last told; use `execute`.")

    # psycopg2 sends these past `execute`.
    callproc = copy_expert = copy_from = copy_to = _refuse

    def _scope(self, text: str) -> str:
        """Return what goes before a statement: nothing where PostgreSQL knows."""
        if text.lstrip()[:9].upper().startswith(BARE):
            # Back at a savepoint the setting is what it was there.
            self.connection.told = None
            return ""
        current = database_scope.current()
        if self.connection.info.transaction_status != TRANSACTION_STATUS_IDLE:
            if self.connection.told == current:
                return ""
            self.connection.told = current
            return current.sql
        # A new transaction knows nothing. It ends with the statement, or else the next one finds it open.
        self.connection.told = current
        return "" if current == database_scope.NOBODY else current.sql


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection of the application's role."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect, with cursors that know the scope."""
        made = super().get_new_connection({**conn_params, "connection_factory": ScopedConnection})
        made.cursor_factory = ScopedCursor
        return made
