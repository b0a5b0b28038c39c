"""Fields of the REST interface: links inside the tenant, wall-clock times."""

import contextlib
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from io import BytesIO
from operator import attrgetter
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.db.models import Model
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, serializers
from rest_framework.fields import empty
from rest_framework.relations import MANY_RELATION_KWARGS, ManyRelatedField
from rest_framework.utils import html

from config.kernel.api.parsers import StrictJSONParser
from config.kernel.api.unknown_names import OF_PAGES

# Far enough for every birthday and every series; near enough that adding a span never overflows.
EARLIEST, LATEST = 1900, 2200
# In the context of a request with many items: rows by their links, and rows by their model and key.
LINKS, LOADED = "links", "loaded"


class LinkList(ManyRelatedField):
    """Links in a list; an object is none, though its names could be gone through."""

    def to_internal_value(self, data: Any) -> Any:
        """Read a list."""
        if isinstance(data, Mapping):
            self.fail("not_a_list", input_type=type(data).__name__)
        return super().to_internal_value(data)


class Link(serializers.HyperlinkedRelatedField):
    """A hyperlink to a row of the own organization; the host in it does not matter."""

    def __init__(self, model: type[Model], only: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        self.model, self.only = model, dict(only or {})
        kwargs.setdefault("view_name", f"{model._meta.model_name}-detail")
        super().__init__(**kwargs)

    @classmethod
    def many_init(cls, *args: Any, **kwargs: Any) -> LinkList:
        """Return the field that takes many."""
        of_list = {name: value for name, value in kwargs.items() if name in MANY_RELATION_KWARGS}
        return LinkList(child_relation=cls(*args, **kwargs), **of_list)

    def get_queryset(self) -> Any:
        """Look in the tenant's rows of the right kind."""
        if self.read_only:
            return None
        return self.model._default_manager.filter(**self.only)

    def to_internal_value(self, data: Any) -> Any:
        """Return the row; in a request that names many, each is looked up once."""
        found = self.context.get(LINKS)
        if found is None or not isinstance(data, str):
            return super().to_internal_value(data)
        if (self.model, data) not in found:
            found[self.model, data] = super().to_internal_value(data)
        return found[self.model, data]

    def get_object(self, view_name: str, view_args: Any, view_kwargs: Any) -> Any:
        """Return the row to which a link leads, also one that was read with those of other items."""
        loaded = {} if self.only else self.context.get(LOADED, {}).get(self.model, {})
        key = view_kwargs.get("pk", "")
        return (key.isascii() and key.isdigit() and loaded.get(int(key))) or super().get_object(
            view_name, view_args, view_kwargs
        )


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


class SentBoolean(serializers.BooleanField):
    """True or false. A form that leaves it out says nothing of it; only a page's form leaves an unticked box out."""

    def get_value(self, dictionary: Any) -> Any:
        """Return what was sent."""
        if html.is_html_input(dictionary) and not {self.field_name, *OF_PAGES} & set(dictionary):
            return empty
        return super().get_value(dictionary)


class WallTime(serializers.TimeField):
    """A time on the clock; it has no offset, and one that is sent would be left out."""

    default_error_messages = {"offset": _("“{value}” has an offset; write the time on the clock, like 09:00.")}

    def to_internal_value(self, value: Any) -> time:
        """Read ISO 8601."""
        with contextlib.suppress(ValueError, TypeError):
            if time.fromisoformat(value).tzinfo is not None:
                self.fail("offset", value=value)
        return super().to_internal_value(value)


class RealNumber(serializers.FloatField):
    """A number; true and false are none."""

    def to_internal_value(self, data: Any) -> float:
        """Read a number, or a text that is one."""
        if isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class UuidText(serializers.UUIDField):
    """A UUID as a text; a number is none, though Python makes one of it."""

    def to_internal_value(self, data: Any) -> Any:
        """Read a text."""
        if isinstance(data, int):
            self.fail("invalid", value=data)
        return super().to_internal_value(data)


class JsonObject(serializers.DictField):
    """An object; also as its JSON text, as forms have to write it."""

    default_error_messages = {"json": _("This is no JSON: {problem}")}

    def get_value(self, dictionary: Any) -> Any:
        """Return the text of a form's field; one that is absent says nothing."""
        is_by_name = any(name.startswith(f"{self.field_name}.") for name in dictionary)
        if html.is_html_input(dictionary) and not is_by_name:
            return dictionary.get(self.field_name, empty)
        return super().get_value(dictionary)

    def run_validation(self, data: Any = empty) -> Any:
        """Read the text where it is one; an empty one is null."""
        if isinstance(data, str):
            data = self._read(data) if data.strip() else None
        return super().run_validation(data)

    def _read(self, text: str) -> Any:
        try:
            return StrictJSONParser().parse(BytesIO(text.encode()))
        except exceptions.ParseError as error:
            self.fail("json", problem=error.detail)


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
