"""`recompute_zones`: lets future events keep their time on the clock after a release of tzdata."""

from typing import Any

from django.core.management.base import BaseCommand

from calendars.services.series import zone_rule_changes
from config.kernel import clock


class Command(BaseCommand):
    """Move future events whose zone changed its rules."""

    help = "Move future events to the same wall-clock time after their zone's rules changed (a release of tzdata)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it for all organizations, and say how many."""
        found = zone_rule_changes.recompute(now=clock.now())
        self.stdout.write(f"{found.looked_at} events looked at, {found.moved} moved, {found.noted} noted.")
