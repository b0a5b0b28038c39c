"""Rows that a list tells with others: `expand=contact,event` saves a request for each of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from rest_framework import exceptions, serializers
from rest_framework.fields import SkipField
from rest_framework.request import Request

from accounts import principal
from accounts.engine.roles import READ, Area

EXPAND = "expand"


@dataclass(frozen=True)
class ExpandableModel:
    """How the rows of a model are told inside others: by what, for whom, and what is fetched with them."""

    serializer: type[serializers.Serializer]
    area: Area
    needs: tuple[str, ...]


@dataclass(frozen=True)
class Relation:
    """Where the row, or the rows, of a model stand that one is told with: `event.calendar`."""

    model: type[Model]
    path: str
    many: bool = False

    @property
    def prefetches(self) -> list[str]:
        """Return what is to be fetched with a page of rows: a query each, however many rows there are."""
        path = self.path.replace(".", "__")
        return [path, *(f"{path}__{need}" for need in serializer_of(self.model).needs)]


_models: dict[type[Model], ExpandableModel] = {}


def register(
    model: type[Model],
    serializer: type[serializers.Serializer],
    *,
    area: Area = Area.DESK,
    needs: Iterable[str] = (),
) -> None:
    """Let the rows of a model be told inside others, also by apps above."""
    _models[model] = ExpandableModel(serializer, area, tuple(needs))


def serializer_of(model: type[Model]) -> ExpandableModel:
    """Return how the rows of a registered model are told."""
    return _models[model]


class Expanded(serializers.Field):
    """The rows for which a request asked; without them the field is left out."""

    def __init__(self, **relations: Relation) -> None:
        self.relations = relations
        super().__init__(read_only=True, source="*")

    def get_attribute(self, instance: Any) -> Any:
        """Return the row itself where something is asked for."""
        if not self.context.get(EXPAND):
            raise SkipField
        return instance

    def to_representation(self, value: Any) -> dict[str, Any]:
        """Tell what was asked for; None where there is no such row."""
        return {name: self._told(self.relations[name], value) for name in self.context[EXPAND]}

    def _told(self, relation: Relation, row: Any) -> Any:
        for name in relation.path.split("."):
            row = getattr(row, name, None)
        if row is None:
            return None
        # What stands inside is told without more.
        context = {**self.context, EXPAND: ()}
        made = serializer_of(relation.model).serializer
        return made(row.all() if relation.many else row, many=relation.many, context=context).data


def asked(request: Request, field: Expanded | None) -> list[str]:
    """Return which relations a request asks for, each once; raise 400 for others, 403 for what it may not read."""
    words = [word.strip() for word in request.query_params.get(EXPAND, "").split(",") if word.strip()]
    known = field.relations if field else {}
    for word in words:
        if word not in known:
            told = _("“%(name)s” is none of %(names)s.") % {"name": word, "names": ", ".join(known)}
            raise exceptions.ValidationError({EXPAND: [told if known else _("Nothing can be expanded here.")]})
        if not principal.require(request).may(serializer_of(known[word].model).area, READ):
            raise exceptions.PermissionDenied
    return list(dict.fromkeys(words))


class ExpandedSchema(OpenApiSerializerFieldExtension):
    """Describes what can be expanded."""

    target_class = "accounts.api.expansion.Expanded"

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        """Return an object with a property for each relation."""
        found = {}
        for name, relation in self.target.relations.items():
            made = serializer_of(relation.model).serializer()
            row = auto_schema.resolve_serializer(made, direction).ref
            found[name] = {"type": "array", "items": row} if relation.many else {"oneOf": [row, {"type": "null"}]}
        return {"type": "object", "properties": found, "readOnly": True}
