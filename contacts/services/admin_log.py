"""Personal data in the admin's log entries."""

from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet

ERASED = "Erased"


def anonymise_entries(rows: QuerySet[Any]) -> None:
    """Remove names and values from the log entries of rows; user, kind and time of the change stay."""
    ids = [str(pk) for pk in rows.values_list("pk", flat=True)]
    content_type = ContentType.objects.get_for_model(rows.model)
    entries = LogEntry.objects.filter(content_type=content_type, object_id__in=ids)
    entries.update(object_repr=ERASED, change_message="")
