"""The PostgreSQL roles: an owner that migrates, and an application role that owns nothing."""

import psycopg2
from psycopg2 import sql

DATABASE = "punctual"
OWNER = "punctual_owner"
APPLICATION = "punctual_app"


def ensure(
    admin_dsn: str,
    *,
    create_databases: bool = False,
    passwords: dict[str, str] | None = None,
    database: str = DATABASE,
    owner: str = OWNER,
    application: str = APPLICATION,
) -> None:
    """Create the two roles and the database on a server, as its superuser; safe to run again.

    Neither role may bypass row-level security, create roles or replicate. `create_databases` is for test runs.
    """
    connection = psycopg2.connect(admin_dsn)
    connection.autocommit = True
    with connection.cursor() as cursor:
        for role, may_create in ((owner, create_databases), (application, False)):
            _role(cursor, role, may_create, (passwords or {}).get(role))
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
        if not cursor.fetchone():
            statement = sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0")
            cursor.execute(statement.format(sql.Identifier(database), sql.Identifier(owner)))
    connection.close()


def _role(cursor, role: str, may_create: bool, password: str | None) -> None:  # type: ignore[no-untyped-def]
    name = sql.Identifier(role)
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
    if not cursor.fetchone():
        cursor.execute(sql.SQL("CREATE ROLE {} LOGIN").format(name))
    createdb = sql.SQL("CREATEDB" if may_create else "NOCREATEDB")
    limits = sql.SQL("ALTER ROLE {} LOGIN NOSUPERUSER NOCREATEROLE NOBYPASSRLS NOREPLICATION {}")
    cursor.execute(limits.format(name, createdb))
    if password:
        cursor.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(name, sql.Literal(password)))
