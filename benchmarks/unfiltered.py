"""Takes the first layer of the wall away, in the benchmark's process only."""

from django.apps import AppConfig
from django.db.models import Manager
from django.utils.module_loading import import_string


class Unfiltered(AppConfig):
    """Gives every tenant model a manager that filters nothing."""

    name = "benchmarks"

    def ready(self) -> None:
        """Put Django's own question in the place of the wall's."""
        # It stands beside a model, which can be imported only now.
        import_string("accounts.tenancy.TenantManager").get_queryset = Manager.get_queryset
