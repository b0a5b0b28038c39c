"""Mutations: each removes one layer of the tenancy wall for a while."""

from contextlib import contextmanager
from dataclasses import replace

from django.db import connection, models, transaction

from accounts import database_scope, tenancy, wall
from config.kernel import database_roles
from tests.unrestricted import OWNER


def no_manager(monkeypatch):
    """Let the default manager show the rows of all organizations."""
    monkeypatch.setattr(tenancy.TenantManager, "get_queryset", lambda self: models.Manager.get_queryset(self))


def no_row_security(monkeypatch):
    """Let every statement of a request run as a role that no policy binds."""
    kept = vars(database_scope.Scope)["sql"]
    plain = getattr(kept, "func", None) or kept.fget
    behind = property(lambda self: plain(self if self == OWNER else replace(self, role=database_roles.UNRESTRICTED)))
    monkeypatch.setattr(database_scope.Scope, "sql", behind)


@contextmanager
def altered(*statements):
    """Change the schema as its owner does, until the block ends."""
    with transaction.atomic():
        with database_scope.entered(OWNER), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for statement in statements:
                cursor.execute(statement)
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        yield
        transaction.set_rollback(True)


def no_policy(model):
    """Return the statement that opens one table to everybody."""
    table = model._meta.db_table
    return f'ALTER POLICY "{table}_tenant" ON {table} USING (true)'


def no_key(model, column):
    """Return the statement that drops one composite key."""
    table = model._meta.db_table
    return f'ALTER TABLE {table} DROP CONSTRAINT "{wall._name(table, column, "own")}"'
