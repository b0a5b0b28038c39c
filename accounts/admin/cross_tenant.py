"""Rows of all organizations, for platform administrators: who belongs where, and under which access one worked."""

from typing import Any

from django.db.models import QuerySet

from accounts import tenancy


class AcrossQuerySet(QuerySet):
    """Looks across organizations whenever it asks the database, which admin pages do late; it only reads."""

    def _fetch_all(self) -> None:
        with tenancy.system():
            super()._fetch_all()

    @tenancy.system()
    def count(self) -> int:
        """Count the rows."""
        return super().count()

    @tenancy.system()
    def exists(self) -> bool:
        """Return whether there are any."""
        return super().exists()

    @tenancy.system()
    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return what the rows come to."""
        return super().aggregate(*args, **kwargs)
