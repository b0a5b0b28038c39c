"""The tenancy wall's third layer: row-level security, told with each statement for whom it is.

The scope goes in front of a statement in the same message, so that it costs no round trip. PostgreSQL runs such a
message in one transaction, and forgets the setting at its end: no connection ever carries a tenant into its next use.
"""

from collections.abc import Iterable
from typing import Any

from django.db.backends.postgresql import base
from psycopg2.extensions import TRANSACTION_STATUS_IDLE, cursor
from psycopg2.sql import Composable

from accounts import scope

# These work in a transaction that has failed, where nothing else does, and read no row.
BARE = ("SAVEPOINT", "RELEASE", "ROLLBACK")


class ScopedCursor(cursor):
    """A cursor whose statements run as the current scope."""

    def execute(self, query: Any, vars: Any = None) -> None:  # noqa: A002
        """Run one statement; its result is the last of the message, the one that psycopg2 keeps."""
        text = query.as_string(self) if isinstance(query, Composable) else query
        if isinstance(text, bytes):
            text = text.decode()
        super().execute(self._scope(text) + text, vars)

    def executemany(self, query: Any, vars_list: Iterable[Any]) -> None:
        """Run a statement once for each set of values; psycopg2's own loop would not pass through `execute`."""
        for values in vars_list:
            self.execute(query, values)

    def _scope(self, text: str) -> str:
        """Return what goes before a statement; nothing where no earlier one can have left a scope."""
        if text.lstrip().upper().startswith(BARE):
            return ""
        current = scope.current()
        idle = self.connection.info.transaction_status == TRANSACTION_STATUS_IDLE
        return "" if current == scope.NOBODY and idle else current.sql


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection of the application's role."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect, with cursors that know the scope."""
        connection = super().get_new_connection(conn_params)
        connection.cursor_factory = ScopedCursor
        return connection
