"""The PostgreSQL roles: an owner that migrates, an application role that owns nothing, a system role for scans."""

from typing import Any

import psycopg2
from psycopg2 import sql

DATABASE = "punctual"
OWNER = "punctual_owner"
APPLICATION = "punctual_app"
# Nobody signs in with it: the application takes it on, statement by statement, to look across organizations.
SYSTEM = "punctual_system"
# In test runs only: sees and changes everything, so that tests can read rows of all organizations.
UNRESTRICTED = "punctual_unrestricted"
# In test runs only: empties all tables after a test that commits, without triggers and references.
CLEANER = "punctual_cleaner"

# Statements that let a role change every row, and switch triggers off.
EVERY_ROW = """
ALTER ROLE {0} BYPASSRLS;
GRANT pg_read_all_data, pg_write_all_data TO {0};
GRANT SET ON PARAMETER session_replication_role TO {0}
"""


def create_roles(
    admin_dsn: str,
    *,
    create_databases: bool = False,
    passwords: dict[str, str] | None = None,
    database: str = DATABASE,
    owner: str = OWNER,
    application: str = APPLICATION,
) -> None:
    """Create the roles and the database on a server, as its superuser; safe to run again.

    None may bypass row-level security, create roles or replicate. `create_databases` is for test runs.
    """
    connection = psycopg2.connect(admin_dsn)
    connection.autocommit = True
    with connection.cursor() as cursor:
        for role, may_create in ((owner, create_databases), (application, False)):
            _role(cursor, role, may_create, (passwords or {}).get(role))
        _stand_in(cursor, SYSTEM, application)
        if create_databases:
            _stand_in(cursor, UNRESTRICTED, application)
            cursor.execute(sql.SQL("ALTER ROLE {} BYPASSRLS").format(sql.Identifier(UNRESTRICTED)))
            # So that a test can take a part of the wall away, and put it back by rolling back.
            lend = sql.SQL("GRANT {} TO {} WITH INHERIT FALSE, SET TRUE")
            cursor.execute(lend.format(sql.Identifier(owner), sql.Identifier(UNRESTRICTED)))
            _stand_in(cursor, CLEANER, application)
            cursor.execute(sql.SQL(EVERY_ROW).format(sql.Identifier(CLEANER)))
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
        if not cursor.fetchone():
            statement = sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0")
            cursor.execute(statement.format(sql.Identifier(database), sql.Identifier(owner)))
    connection.close()


def _stand_in(cursor: Any, role: str, application: str) -> None:
    """Make a role that nobody signs in with, and that the application can take on but does not inherit."""
    name = sql.Identifier(role)
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
    if not cursor.fetchone():
        cursor.execute(sql.SQL("CREATE ROLE {}").format(name))
    cursor.execute(
        sql.SQL("ALTER ROLE {} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOREPLICATION").format(name)
    )
    cursor.execute(sql.SQL("GRANT {} TO {} WITH INHERIT FALSE, SET TRUE").format(name, sql.Identifier(application)))


def _role(cursor: Any, role: str, may_create: bool, password: str | None) -> None:
    name = sql.Identifier(role)
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
    if not cursor.fetchone():
        cursor.execute(sql.SQL("CREATE ROLE {} LOGIN").format(name))
    createdb = sql.SQL("CREATEDB" if may_create else "NOCREATEDB")
    limits = sql.SQL("ALTER ROLE {} LOGIN NOSUPERUSER NOCREATEROLE NOBYPASSRLS NOREPLICATION {}")
    cursor.execute(limits.format(name, createdb))
    if password:
        cursor.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(name, sql.Literal(password)))
