"""Fields of the REST interface: links inside the tenant, wall-clock times."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from operator import attrgetter
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.db.models import Model
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

# Far enough for every birthday and every series; near enough that adding a span never overflows.
EARLIEST, LATEST = 1900, 2200


class Link(serializers.HyperlinkedRelatedField):
    """A hyperlink to a row of the own organization; the host in it does not matter."""

    def __init__(self, model: type[Model], only: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        self.model, self.only = model, dict(only or {})
        kwargs.setdefault("view_name", f"{model._meta.model_name}-detail")
        super().__init__(**kwargs)

    def get_queryset(self) -> Any:
        """Look in the tenant's rows of the right kind."""
        if self.read_only:
            return None
        return self.model._default_manager.filter(**self.only)


class PlainId(serializers.PrimaryKeyRelatedField):
    """A relation inside the tenant as a plain number, as the older interface has some."""

    default_error_messages: ClassVar = {"does_not_exist": _("There is nothing with this number.")}

    def __init__(self, model: Any, **kwargs: Any) -> None:
        self.model = model
        super().__init__(**kwargs)

    def get_queryset(self) -> Any:
        """Look in the tenant's rows."""
        return None if self.read_only else self.model.objects.all()

    def to_internal_value(self, data: Any) -> Any:
        """Take the digits 0 to 9 only, though Python reads others, too."""
        if isinstance(data, str) and not data.strip().isascii():
            self.fail("incorrect_type", data_type="str")
        return super().to_internal_value(data)


class Moment(serializers.DateTimeField):
    """A date with a time; a date alone is refused, for its midnight is hardly ever meant."""

    default_error_messages = {
        "range": _("The year must lie between {earliest} and {latest}."),
        "no_time": _("“{value}” has no time; write one like {value}T09:00."),
    }

    def to_internal_value(self, value: Any) -> datetime:
        """Read ISO 8601, with a T or a blank in the middle."""
        if isinstance(value, str) and is_date(value) and not self.takes_dates():
            self.fail("no_time", value=value.strip())
        moment = super().to_internal_value(value)
        if not EARLIEST <= moment.year <= LATEST:
            self.fail("range", earliest=EARLIEST, latest=LATEST)
        return moment

    def takes_dates(self) -> bool:
        """Return whether a date alone is taken, as its midnight."""
        return False


class WallClock(Moment):
    """A moment, answered with the offset of a zone; what comes in without an offset stays naive.

    `zone` is the path from the row to the name of its zone. The serializer knows which zone a naive value means.
    """

    def __init__(self, zone: str, **kwargs: Any) -> None:
        self.zone = zone
        super().__init__(**kwargs)

    def enforce_timezone(self, value: datetime) -> datetime:
        """Leave the value as it is."""
        return value

    def get_attribute(self, instance: Any) -> Any:
        """Turn the stored instant to the row's own zone."""
        value = super().get_attribute(instance)
        return value and value.astimezone(ZoneInfo(attrgetter(self.zone)(instance)))


def is_date(text: str) -> bool:
    """Return whether a text is a date of ISO 8601 and no more."""
    try:
        date.fromisoformat(text.strip())
    except ValueError:
        return False
    return True


def instant(value: datetime | None, zone: str) -> datetime | None:
    """Return the UTC instant of a value that is wall-clock time of a zone unless it carries an offset.

    A time that the clock change skips is read with the offset before it, as RFC 5545 says.
    """
    if value is None:
        return None
    return (value if value.tzinfo else value.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
