"""`migrate`, with the owner's role: the application's role may not change tables."""

from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from config.kernel.autodetector import StoredStateAutodetector

OUTDATED = (
    "This database was made by an older version, whose migrations are gone: it knows {names}. No version has been "
    "released yet, so there is no way on: back up what you need, remove the folder {folder} (or make an empty "
    "database) and begin anew."
)


class Command(migrate.Command):
    """Django's command on the `owner` connection unless `--database` says otherwise."""

    autodetector = StoredStateAutodetector

    def add_arguments(self, parser: CommandParser) -> None:
        """Change one default."""
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate; raise `CommandError` for a database with migrations of ours that the code does not have."""
        loader = MigrationLoader(connections[options["database"]])
        unknown = sorted(set(loader.applied_migrations) - set(loader.disk_migrations))
        names = [f"{app}.{name}" for app, name in unknown if _is_ours(app)]
        if names:
            raise CommandError(OUTDATED.format(names=", ".join(names[:3]), folder=settings.DATA_DIR))
        super().handle(*args, **options)

    def check(self, *args: Any, **kwargs: Any) -> None:
        """Ask the code only: what is missing in the database is what this command is about to make."""
        super().check(*args, **{**kwargs, "databases": None})


def _is_ours(app: str) -> bool:
    """Return whether an app is installed, and is no library's."""
    path = Path(apps.get_app_config(app).path) if app in apps.app_configs else Path("/")
    return path.parent == settings.BASE_DIR
