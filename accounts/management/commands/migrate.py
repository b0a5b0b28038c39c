"""`migrate`, with the owner's role: the application's role may not change tables."""

from typing import Any

from django.core.management.base import CommandParser
from django.core.management.commands import migrate

from config.kernel.autodetector import StoredStateAutodetector


class Command(migrate.Command):
    """Django's command on the `owner` connection unless `--database` says otherwise."""

    autodetector = StoredStateAutodetector

    def add_arguments(self, parser: CommandParser) -> None:
        """Change one default."""
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def check(self, *args: Any, **kwargs: Any) -> None:
        """Ask the code only: what is missing in the database is what this command is about to make."""
        super().check(*args, **{**kwargs, "databases": None})
