"""`rotate_keys`: writes every stored secret under the first key of FIELD_ENCRYPTION_KEY."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.services import key_rotation


class Command(BaseCommand):
    """Print a line for each encrypted field; the exit status is 1 when a secret opens with no key."""

    help = "Encrypt every stored secret anew with the first key of FIELD_ENCRYPTION_KEY; safe to stop and to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        """Rotate, and say how many were written anew."""
        counts = key_rotation.rotate()
        for count in counts:
            self.stdout.write(f"{count.label}: {count.rewritten} of {count.stored} encrypted anew")
        if lost := {count.label: count.lost for count in counts if count.lost}:
            told = ", ".join(f"{number} of {label}" for label, number in lost.items())
            raise CommandError(f"Open with no key that is known: {told}. Put their key behind the others and repeat.")
        self.stdout.write("Everything is under the first key; the others may be removed.")
