"""The operator's commands."""

import io

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.core.management.commands.migrate import Command as DjangoMigrate

from accounts.management.commands.migrate import Command as Migrate
from config.kernel import database_roles


def run(name, *args, **options):
    out = io.StringIO()
    call_command(name, *args, stdout=out, **options)
    return out.getvalue().splitlines()


def test_migrations_run_as_the_owner_unless_told_otherwise():
    parse = Migrate().create_parser("manage.py", "migrate").parse_args
    assert parse([]).database == "owner"
    assert parse(["--database", "default"]).database == "default"
    assert issubclass(Migrate, DjangoMigrate)


def test_new_secrets_fill_an_env_file():
    made = dict(line.split("=", 1) for line in run("make_key"))
    Fernet(made["FIELD_ENCRYPTION_KEY"])
    assert set(made) == {
        "SECRET_KEY",
        "FIELD_ENCRYPTION_KEY",
        "POSTGRES_PASSWORD",
        "OWNER_PASSWORD",
        "APP_PASSWORD",
    }
    assert made != dict(line.split("=", 1) for line in run("make_key"))


@pytest.fixture
def ensured(monkeypatch):
    """Return what `roles.ensure` was asked for."""
    asked = []
    monkeypatch.setattr(database_roles, "create_roles", lambda *args, **options: asked.append((args, options)))
    return asked


def connection(**changes):
    return {"USER": "app", "PASSWORD": "a", "NAME": "punctual", **changes}


@pytest.fixture
def urls(monkeypatch):
    """Return a function that sets what the two URLs say."""

    class Connection:
        def __init__(self, fields):
            self.settings_dict = fields

    def give(default, owner):
        made = {"default": Connection(default), "owner": Connection(owner)}
        monkeypatch.setattr("accounts.management.commands.setup_roles.connections", made)

    return give


def test_roles_come_from_the_two_urls(ensured, urls):
    urls(connection(), connection(USER="boss", PASSWORD="b"))
    assert run("setup_roles", admin_url="postgres://su@/x") == ["Database punctual: owner boss, application app."]
    assert ensured == [
        (
            ("postgres://su@/x",),
            {"passwords": {"app": "a", "boss": "b"}, "database": "punctual", "owner": "boss", "application": "app"},
        )
    ]


@pytest.mark.parametrize(
    ("owner", "admin_url", "complaint"),
    [
        (connection(), "postgres://su@/x", "must name two different roles"),
        (connection(USER="boss", NAME="other"), "postgres://su@/x", "must name the same database"),
        (connection(USER="boss"), "", "Name a superuser's address"),
    ],
    ids=["one role", "two databases", "no superuser"],
)
def test_urls_that_would_break_the_wall_are_refused(ensured, urls, owner, admin_url, complaint):
    urls(connection(), owner)
    with pytest.raises(CommandError, match=complaint):
        run("setup_roles", admin_url=admin_url)
    assert ensured == []


def test_an_unreachable_server_is_told(urls):
    urls(connection(), connection(USER="boss"))
    with pytest.raises(CommandError, match="does not let the superuser in"):
        run("setup_roles", admin_url="host=/nowhere user=su dbname=x")


def test_migrations_begin_although_the_tables_are_not_there_yet(monkeypatch):
    asked = []
    monkeypatch.setattr(DjangoMigrate, "check", lambda self, **options: asked.append(options))
    Migrate().check(databases=["owner"])
    assert asked == [{"databases": None}]
