"""Takes the first layer of the wall away, in the benchmark's process only."""

from django.apps import AppConfig
from django.db.models import Manager


class Unfiltered(AppConfig):
    """Gives every tenant model a manager that filters nothing."""

    name = "benchmarks"

    def ready(self) -> None:
        """Put Django's own question in the place of the wall's."""
        from accounts.tenancy import TenantManager

        TenantManager.get_queryset = Manager.get_queryset  # type: ignore[method-assign]
