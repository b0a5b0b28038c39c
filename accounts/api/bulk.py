"""Many rows in one request: made or changed, each with a result of its own.

An item with the `id` or the `external_id` of a row that is known changes that row as PATCH does, any other makes one as
POST does; what is wrong with one leaves the others alone. So the same request may be sent again.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from config.kernel import clock
from config.kernel.api import error_responses
from config.kernel.api.fields import LINKS, LOADED, Link
from config.kernel.api.unknown_names import unknown_fields
from config.kernel.errors import PunctualError

MOST = 1000
ID_OF_LINK = re.compile(r"/([0-9]{1,18})/?\Z")

# A row of the app's.
Row = TypeVar("Row", bound=Any)
# A refusal, or what was made or changed.
Outcome = dict[int, Any]


class BulkResultSerializer(serializers.Serializer):
    """What became of one item."""

    index = serializers.IntegerField(help_text=gettext_lazy("Its place among the items, from 0."))
    status = serializers.IntegerField(help_text=gettext_lazy("As of a request for it alone: 201, 200, 400, 404, 409."))
    id = serializers.IntegerField(required=False)
    url = serializers.URLField(required=False)
    external_id = serializers.CharField(required=False)
    refusal = serializers.DictField(required=False, help_text=gettext_lazy("Messages by field, and a `code`."))


class BulkAnswerSerializer(serializers.Serializer):
    """What became of each item, in their order."""

    results = BulkResultSerializer(many=True)


@dataclass(frozen=True)
class BulkChange(Generic[Row]):
    """A known row, as it was read, and what an item wants it to be."""

    place: int
    row: Row
    fields: dict[str, Any]


@dataclass
class BulkRun(Generic[Row]):
    """The work on the items of one request; each kind of rows says how it is read, made and changed."""

    request: Request
    context: dict[str, Any]
    now: datetime = field(init=False)

    new_serializer: ClassVar[type[serializers.Serializer]]
    change_serializer: ClassVar[type[serializers.Serializer]]
    # What belongs to the making of a row; sent again with a row that is known, it is not looked at.
    of_new: ClassVar[Sequence[str]] = ()

    def known(self) -> QuerySet[Any]:
        """Return the rows that items may mean."""
        raise NotImplementedError

    def make(self, wanted: Sequence[dict[str, Any]]) -> Sequence[Row | PunctualError]:
        """Make rows; in place of one that cannot be made stands why not."""
        raise NotImplementedError

    def change(self, wanted: Sequence[BulkChange[Row]]) -> Sequence[Row | PunctualError]:
        """Change rows, each once; in place of one that cannot be changed stands why not."""
        raise NotImplementedError

    def answer(self) -> Response:
        """Do what the items say, and tell what became of each; refuse what is no list, or a longer one."""
        data = self.request.data
        items = data.get("items") if isinstance(data, dict) else None
        if errors := unknown_fields(data, {"items"}):
            raise exceptions.ValidationError(errors)
        if not isinstance(items, list) or not 0 < len(items) <= MOST:
            raise exceptions.ValidationError({"items": [_("Send a list of 1 to %(most)s items.") % {"most": MOST}]})
        return Response({"results": self._results(items)})

    def told(self, row: Row) -> dict[str, Any]:
        """Return what a result says of a row."""
        return {"id": row.pk, "url": self.url(row), "external_id": row.external_id}

    def refused(self, error: PunctualError | exceptions.APIException) -> dict[str, Any]:
        """Return what a result says of a refusal."""
        status, body = error_responses.refusal(error)
        return {"status": status, "refusal": body}

    def url(self, row: Model) -> str:
        """Return the address of a row."""
        return reverse(f"{row._meta.model_name}-detail", [row.pk], request=self.request)

    def _results(self, items: list[Any]) -> list[dict[str, Any]]:
        # Many name the same calendar and template.
        self.context, self.now = {**self.context, LINKS: {}, LOADED: {}}, clock.now()
        new, changes, told = self._read(items)
        for batch in _rounds(changes):
            for each, changed in zip(batch, self.change(batch), strict=True):
                told[each.place] = self._outcome(changed, 200)
        for place, made in zip(new, self.make(list(new.values())), strict=True):
            told[place] = self._outcome(made, 201)
        return [{"index": place, **told[place]} for place in range(len(items))]

    def _read(self, items: list[Any]) -> tuple[dict[int, dict[str, Any]], list[BulkChange[Row]], Outcome]:
        """Return what is to be made, by its place, what is to be changed, and the results of what cannot be read."""
        maker = self.new_serializer(context=self.context)
        changer = self.change_serializer(partial=True, context=self.context)
        known = self._find_known(items)
        self._load_links(maker, items)
        new, changes, refused = {}, [], {}
        for place, item in enumerate(items):
            try:
                if place in known:
                    changes.append(self._read_change(changer, place, known[place], item))
                else:
                    maker.initial_data = item
                    new[place] = maker.run_validation(item)
            except (PunctualError, exceptions.APIException) as error:
                refused[place] = self.refused(error)
        return new, changes, refused

    def _read_change(self, changer: Any, place: int, row: Row | None, item: Mapping[str, Any]) -> BulkChange[Row]:
        if row is None:
            raise exceptions.NotFound
        given = {name: value for name, value in item.items() if name not in (*self.of_new, "id")}
        # Its fields are built once for all items.
        changer.instance, changer.initial_data = row, given
        return BulkChange(place, row, changer.run_validation(given))

    def _find_known(self, items: list[Any]) -> dict[int, Row | None]:
        """Return the rows that items mean by their id or external id, by the place of the item."""
        ids, names = set(), set()
        for own in map(_object, items):
            ids |= {own["id"]} if _is_number(own.get("id")) else set()
            names |= {own["external_id"]} if _is_name(own.get("external_id")) else set()
        by_id = self.known().in_bulk(list(ids)) if ids else {}
        by_name = {row.external_id: row for row in self.known().filter(external_id__in=names)} if names else {}
        found: dict[int, Row | None] = {}
        for place, own in enumerate(map(_object, items)):
            if "id" in own:
                found[place] = by_id.get(own["id"]) if _is_number(own["id"]) else None
            elif _is_name(own.get("external_id")) and own["external_id"] in by_name:
                found[place] = by_name[own["external_id"]]
        return found

    def _load_links(self, serializer: Any, items: list[Any]) -> None:
        """Read the rows that items link to, a statement for all of a kind; what is wrong with a link its field says."""
        for name, link in serializer.fields.items():
            if not isinstance(link, Link) or link.read_only or link.only:
                continue
            texts = {own[name] for own in map(_object, items) if isinstance(own.get(name), str)}
            ids = {int(match[1]) for text in texts if (match := ID_OF_LINK.search(text))}
            if len(ids) > 1:
                self.context[LOADED].setdefault(link.model, {}).update(link.get_queryset().in_bulk(ids))

    def _outcome(self, done: Row | PunctualError, status: int) -> dict[str, Any]:
        return self.refused(done) if isinstance(done, PunctualError) else {"status": status, **self.told(done)}


def _rounds(changes: list[BulkChange[Row]]) -> Iterator[list[BulkChange[Row]]]:
    """Yield changes in their order, so that each row is changed once in a round."""
    while changes:
        now: dict[int, BulkChange[Row]] = {}
        later = [each for each in changes if now.setdefault(each.row.pk, each) is not each]
        yield list(now.values())
        changes = later


def _object(item: Any) -> dict[str, Any]:
    return item if isinstance(item, dict) else {}


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_number(value: Any) -> bool:
    """Return whether it can be an id; to Python, true is a number, too."""
    return isinstance(value, int) and not isinstance(value, bool)
