"""The database that processes copy is what the migrations make."""

import shutil

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from tests import migrated_database


@pytest.fixture
def contacts_folder(tmp_path, monkeypatch):
    """Let the migrations of an app stand in a folder that a test may change."""
    given = migrated_database.folder
    copy = shutil.copytree(given("contacts"), tmp_path / "migrations")
    monkeypatch.setattr(migrated_database, "folder", lambda label: copy if label == "contacts" else given(label))
    return copy


def test_equal_migrations_share_a_database(contacts_folder):
    assert migrated_database.fingerprint() == migrated_database.fingerprint()


def test_a_changed_migration_makes_another_database(contacts_folder):
    before = migrated_database.fingerprint()
    with (contacts_folder / "0001_initial.py").open("a") as file:
        file.write("# A word.\n")
    assert migrated_database.fingerprint() != before


def test_a_new_migration_makes_another_database(contacts_folder):
    before = migrated_database.fingerprint()
    (contacts_folder / "0099_new.py").touch()
    assert migrated_database.fingerprint() != before


@pytest.mark.django_db
def test_every_migration_is_applied():
    loader = MigrationLoader(connection)
    assert loader.applied_migrations.keys() >= loader.disk_migrations.keys() > {("contacts", "0001_initial")}
