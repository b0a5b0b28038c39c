"""Migrations: they match the models, and explain what to do with an older database."""

import re
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections, models
from django.db.migrations.questioner import MigrationQuestioner
from django.db.migrations.state import ModelState, ProjectState
from django.db.migrations.writer import MigrationWriter

from accounts.tenancy import current_id
from calendars.engine.states import AlarmState
from config.kernel.autodetector import StoredStateAutodetector
from config.kernel.clock import DatabaseNow
from config.kernel.crypto import EncryptedJSONField


def state(**fields):
    made = ProjectState()
    made.add_model(ModelState("accounts", "Thing", [("id", models.BigAutoField(primary_key=True)), *fields.items()]))
    return made


def changes(before, after):
    return StoredStateAutodetector(before, after, MigrationQuestioner({"ask_initial": True}))._detect_changes()


def test_words_validators_and_choices_are_no_change():
    before = state(kind=models.CharField(max_length=5))
    after = state(
        kind=models.CharField("sort", max_length=5, choices=[("a", "A")], help_text="What.", validators=[print])
    )
    assert changes(before, after) == {}


def test_a_longer_column_is_a_change():
    before, after = state(kind=models.CharField(max_length=5)), state(kind=models.CharField(max_length=6))
    (migration,) = changes(before, after)["accounts"]
    assert [operation.describe() for operation in migration.operations] == ["Alter field kind on thing"]


def test_migrations_import_nothing_of_ours():
    after = state(
        at=models.DateTimeField(db_default=DatabaseNow()),
        secret=EncryptedJSONField(default=dict),
        state=models.CharField(max_length=12, default=AlarmState.PLANNED),
        number=models.IntegerField(default=current_id),
    )
    (migration,) = changes(ProjectState(), after)["accounts"]
    text = MigrationWriter(migration, include_header=False).as_string()
    assert [line for line in text.splitlines() if "import" in line] == ["from django.db import migrations, models"]
    assert "function='punctual_now'" in text
    assert "('secret', models.TextField(default=dict))" in text
    assert "('state', models.CharField(default='planned', max_length=12))" in text
    assert "('number', models.IntegerField())" in text


@pytest.mark.django_db(databases=["default", "owner"])
def test_a_database_from_before_the_squash_is_told_what_to_do():
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('calendars', '0002_seed_of_long_ago', now())"
        )
    with pytest.raises(CommandError, match=r"calendars\.0002_seed_of_long_ago.*remove the folder"):
        call_command("migrate", stdout=StringIO())


FILES = [file for file in Path(settings.BASE_DIR).glob("*/migrations/*.py") if file.name != "__init__.py"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parts[-3]}-{file.stem}")
def test_a_migration_stands_on_no_code_that_changes(file):
    found = re.findall(r"^\s*(?:from|import) ([\w.]+)", file.read_text(), re.MULTILINE)
    of_others = [name for name in found if name.partition(".")[0] not in ("django", "datetime", "uuid")]
    own = ("accounts.migrations._wall", "accounts.migrations._tracking")
    assert [name for name in of_others if name not in own] == []
