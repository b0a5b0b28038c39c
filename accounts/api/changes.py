"""What changed since a moment: pages of a list for programs that keep a copy of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from rest_framework import exceptions, pagination
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import principal
from accounts.api.filters import MomentFormField
from accounts.services import row_changes
from accounts.tracking import DeletedRow
from config.kernel import clock
from config.kernel.api.fields import instant

SINCE, CURSOR, SIZE = "updated_since", "cursor", "page_size"
# These rows have an order of their own.
UNFITTING = ("ordering", "page", "limit", "offset")
DEFAULT_SIZE, LARGEST = 100, 1000


@dataclass(frozen=True)
class Position:
    """Where a page begins: after an id; `first` and `until` are those of the first page."""

    after: int
    first: int
    until: datetime

    @classmethod
    def read(cls, text: str) -> "Position":
        """Read what `written` wrote; raise ValueError for anything else."""
        after, first, until = text.split("_", 2)
        moment = parse_datetime(until)
        if moment is None or moment.tzinfo is None or not (after + first).isascii():
            raise ValueError(text)
        return cls(int(after), int(first), moment)

    def written(self) -> str:
        """Return it as one word of an address."""
        return f"{self.after}_{self.first}_{self.until.isoformat().replace('+00:00', 'Z')}"


class ChangedPages(pagination.BasePagination):
    """Rows that changed since a moment, and the numbers of those that are gone, by their ids.

    Rows are told again when they change while the pages are read; none is left out.
    """

    display_page_controls = False
    # What the address of such a list may hold besides filters and search.
    since_query_param, cursor_query_param, page_size_query_param = SINCE, CURSOR, SIZE

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """Return a page of rows; keep those that are gone beside it."""
        self.request, self.view = request, view
        size, begin = self._size(), self._position()
        rows = list(queryset.filter(view.changed_from(begin.first), pk__gt=begin.after).order_by("pk")[: size + 1])
        gone = list(self._gone(queryset, begin)[: size + 1])
        told = sorted([row.pk for row in rows] + [row.object_id for row in gone])
        last = told[size - 1] if len(told) > size else None
        self.next = Position(last, begin.first, begin.until) if last is not None else None
        self.until = begin.until
        self.deleted = [row for row in gone if last is None or row.object_id <= last]
        return [row for row in rows if last is None or row.pk <= last]

    def get_paginated_response(self, data: Any) -> Response:
        """Answer with the rows, and what to ask with for the next ones."""
        return Response(
            {
                "next": self._next_address(),
                "previous": None,
                "results": data,
                "deleted": [self._told(row) for row in self.deleted],
                "updated_until": self.until,
            }
        )

    def _gone(self, queryset: QuerySet[Any], begin: Position) -> QuerySet[DeletedRow]:
        rows = DeletedRow.objects.filter(kind=queryset.model._meta.db_table, deleted_in__gte=begin.first)
        return rows.filter(object_id__gt=begin.after).order_by("object_id")

    def _told(self, row: DeletedRow) -> dict[str, Any]:
        address = self.view.reverse_action("detail", [row.object_id])
        return {"url": address, "id": row.object_id, "deleted_at": row.deleted_at}

    def _next_address(self) -> str | None:
        if self.next is None:
            return None
        asked = self.request.query_params.copy()
        asked[CURSOR] = self.next.written()
        return self.request.build_absolute_uri(f"{self.request.path}?{asked.urlencode()}")

    def _size(self) -> int:
        text = self.request.query_params.get(SIZE, str(DEFAULT_SIZE))
        if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) <= LARGEST):
            words = _("Write a number from 1 to %(most)s.") % {"most": LARGEST}
            raise exceptions.ValidationError({SIZE: [words]})
        return int(text)

    def _position(self) -> Position:
        asked = self.request.query_params
        for name in UNFITTING:
            if name in asked:
                words = _("Changes come by their ids, page after page; leave this out.")
                raise exceptions.ValidationError({name: [words]})
        since = self._since(asked[SINCE])
        if CURSOR not in asked:
            return Position(0, row_changes.first_after(since), clock.now())
        try:
            return Position.read(asked[CURSOR])
        except ValueError:
            raise exceptions.NotFound(_("Invalid cursor")) from None

    def _since(self, text: str) -> datetime:
        zone = principal.require(self.request).organization.time_zone
        try:
            # An empty one is refused by the field.
            return cast(datetime, instant(MomentFormField().clean(text), zone))
        except ValidationError as error:
            raise exceptions.ValidationError({SINCE: error.messages}) from error
