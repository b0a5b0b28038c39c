"""Base classes of all apps' viewsets and serializers."""

from collections.abc import Callable, Sequence
from copy import copy
from datetime import datetime
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Model, Q, QuerySet
from django.utils.text import capfirst
from rest_framework import mixins, serializers, viewsets
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import principal
from accounts.api import changes, etags, expansion
from accounts.api.parameters import KnownParametersMixin
from accounts.engine import audit_actor
from accounts.engine.roles import Area
from accounts.services import audit
from accounts.tracking import Tracked
from config.kernel.api.fields import Moment, RealNumber, SentBoolean, UuidText, WallTime, instant
from config.kernel.api.unknown_names import KnownFieldsMixin, NoFields


class LinkedSerializer(serializers.HyperlinkedModelSerializer):
    """A row with its number beside its address; one of which others keep copies tells when it changed."""

    def get_field_names(self, declared_fields: Any, info: Any) -> list[str]:
        """Add to the names of `Meta` what every such row tells, behind the order that older programs know."""
        names = list(super().get_field_names(declared_fields, info))
        more = ["id"] if "url" in names else []
        more += ["updated_at"] if issubclass(self.Meta.model, Tracked) else []
        return names + [name for name in more if name not in names]


class OrganizationMoment(Moment):
    """A moment; without an offset it is wall-clock time of the organization."""

    def enforce_timezone(self, value: datetime) -> datetime:
        """Return the instant."""
        if value.tzinfo is None:
            zone = principal.require(self.context["request"]).organization.time_zone
            value = instant(value, zone) or value
        return super().enforce_timezone(value)


class TenantSerializer(KnownFieldsMixin, LinkedSerializer):
    """Links that resolve inside the tenant only; `organization` is never shown nor taken."""

    serializer_field_mapping: ClassVar = {
        **serializers.HyperlinkedModelSerializer.serializer_field_mapping,
        models.DateTimeField: OrganizationMoment,
        models.BooleanField: SentBoolean,
        models.FloatField: RealNumber,
        models.TimeField: WallTime,
        models.UUIDField: UuidText,
    }

    def update(self, instance: Any, validated_data: Any) -> Any:
        """Write what was sent and no more: what somebody else changes at the same moment stands."""
        for name, value in validated_data.items():
            setattr(instance, name, value)
        instance.save(update_fields=list(validated_data))
        return instance


class RuledSerializer(TenantSerializer):
    """Rows whose rules stand in the `clean` of their model."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Hold the row as it would be against the rules of its table."""
        row = copy(self.instance) if self.instance else self.Meta.model()
        for name, value in attrs.items():
            setattr(row, name, value)
        try:
            row.clean()
        except ValidationError as error:
            raise serializers.ValidationError(serializers.as_serializer_error(error), code="invalid") from error
        return attrs


# What a list has instead of an ETag: it is there, and no tag names it.
LIST = ""
WRITES = ("create", "update", "partial_update")


class TenantViews(KnownParametersMixin, viewsets.GenericViewSet):
    """Rows of the current organization; `related` are fetched in the same query.

    Rows have an ETag (see `conditions.tag`), and what changes one heeds `If-Match` and `If-None-Match`, with the row
    locked, so that of two who saw the same one is refused.
    """

    model: ClassVar[type[Model]]
    area: ClassVar[Area] = Area.DESK
    related: ClassVar[Sequence[str]] = ()
    prefetched: ClassVar[Sequence[Any]] = ()
    # Paths to what the representation tells of other rows, such as `user.username`, and columns of the machine's work.
    shown: ClassVar[Sequence[str]] = ()
    unshown: ClassVar[Sequence[str]] = ()
    ordering_fields: Sequence[str] = ("id",)
    # Digits of other scripts are no numbers of rows, though Python reads them as such.
    lookup_value_regex = "[0-9]+"
    # Whether an action takes anything in the body of its request.
    has_body = True
    snapshot: audit.RowSnapshot | None = None
    written: Any = None
    answered: Any = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Hold what makes new rows against the conditions of the request, too; refuse a body that nothing looks at."""
        super().initial(request, *args, **kwargs)
        if not self.has_body:
            NoFields(data=request.data).is_valid(raise_exception=True)
        if request.method not in SAFE_METHODS and not self.detail:
            etags.check(request, LIST)

    def get_queryset(self) -> QuerySet[Any]:
        """Return the tenant's rows; none while the OpenAPI schema is generated, when there is no tenant."""
        if getattr(self, "swagger_fake_view", False):
            return QuerySet(self.model).none()
        rows = self.rows().select_related(*self.related).prefetch_related(*self.prefetched)
        names = self.expanded()
        field: Any = self._expanded_field() if names else None
        return rows.prefetch_related(*(each for name in names for each in field.relations[name].prefetches))

    def _expanded_field(self) -> Any:
        fields = getattr(self.get_serializer_class(), "_declared_fields", {})
        return next((field for field in fields.values() if isinstance(field, expansion.Expanded)), None)

    def row_parameters(self) -> set[str]:
        """Return the parameters that answers with rows know."""
        tells_rows = self.action in (*WRITES, "list", "retrieve")
        return {expansion.EXPAND} if tells_rows and self._expanded_field() else set()

    def expanded(self) -> list[str]:
        """Return the relations with which a request wants rows to be told."""
        if self.request is None or expansion.EXPAND not in self.request.query_params:
            return []
        return expansion.asked(self.request, self._expanded_field())

    def get_serializer_context(self) -> dict[str, Any]:
        """Add what is to be told with each row."""
        return {**super().get_serializer_context(), expansion.EXPAND: self.expanded()}

    def get_object(self) -> Any:
        """Return the row; before a change, keep a snapshot of it. Raises what `conditions.check` raises."""
        row = super().get_object()
        if self.request.method in SAFE_METHODS or self.snapshot is not None:
            return row
        if etags.are_asked(self.request):
            self.lock(row)
            row = super().get_object()
            etags.check(self.request, self.tag(row))
        self.snapshot = audit.RowSnapshot(row)
        return row

    def lock(self, row: Any) -> None:
        """Lock a row until the request is done, and before it what the services that change it lock first."""
        rows = self.rows().filter(pk=row.pk).select_for_update(of=("self",), no_key=True)
        list(rows.values_list("pk"))

    def tag(self, row: Any) -> str:
        """Return the ETag of a row as it was read."""
        return etags.tag(row, shown=self.shown, ignored=self.unshown)

    def answer(self, row: Any, serializer: Any = None) -> Response:
        """Answer with a row as it stands in the database now."""
        self.answered = self.get_queryset().get(pk=row.pk)
        serializer = serializer or self.get_serializer_class()
        return Response(serializer(self.answered, context=self.get_serializer_context()).data)

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """Return a serializer and keep it: it holds the row that was made."""
        self.written = super().get_serializer(*args, **kwargs)
        return self.written

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Set the row's ETag, and record what was done in the audit trail, in the same transaction."""
        done = request.method not in SAFE_METHODS and response.status_code < 400
        if done and self.action:
            if self.action in WRITES and self.answered is None:
                self._read_again()
            self._record(audit_actor.action_name(self.action))
        response = super().finalize_response(request, response, *args, **kwargs)
        if response.status_code < 400 and self.answered is not None:
            self._put_tag(response)
        return response

    def _read_again(self) -> None:
        made = getattr(self.written, "instance", None)
        if isinstance(made, Model):
            self.answered = self.get_queryset().filter(pk=made.pk).first()

    def _put_tag(self, response: Any) -> None:
        # A page for people shows more than the row: forms, and who is signed in.
        # What is expanded changes by itself.
        if response.accepted_renderer.format != "api" and not self.expanded():
            response["ETag"] = self.tag(self.answered)

    def _record(self, action: str) -> None:
        if self.snapshot:
            return audit.record_once(
                action, subject=self.snapshot.subject, changed=self.snapshot.changed_fields(self.answered)
            )
        made = getattr(self.written, "instance", None)
        for row in made if isinstance(made, list) else [made]:
            if isinstance(row, Model):
                audit.record_once(action, row)
        return None

    def get_view_name(self) -> str:
        """Return the heading of the browsable page: the model's verbose name."""
        names = self.model._meta
        own = names.verbose_name_plural if self.suffix == "List" else names.verbose_name
        return self.name or capfirst(str(own))

    def rows(self) -> QuerySet[Any]:
        """Return what the current organization may see."""
        return self.model._default_manager.all()

    def changed_from(self, number: int) -> Q:
        """Return which rows show something that a transaction of this number or a later one wrote; 0 for all."""
        return Q(updated_in__gte=number) if number else Q()

    @property
    def tells_changes(self) -> bool:
        """Return whether its list tells what changed since a moment; an array is read as a whole."""
        return issubclass(self.model, Tracked) and self.pagination_class is not None

    @property
    def paginator(self) -> Any:
        """Page what changed since a moment, where that is asked of a list that tells it."""
        if self.action == "list" and changes.SINCE in self.request.query_params and self.tells_changes:
            if not isinstance(getattr(self, "_paginator", None), changes.ChangedPages):
                self._paginator = changes.ChangedPages()
            return self._paginator
        return super().paginator


class RetrieveMixin(mixins.RetrieveModelMixin):
    """Details with an ETag."""

    # What the view beside this mixin has.
    tag: Callable[[Any], str]
    expanded: Callable[[], list[str]]
    get_object: Any
    get_serializer: Any

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Show one row, or answer 304 to who holds it as it is."""
        row = self.answered = self.get_object()
        is_page = request.accepted_renderer.format == "api"
        if not is_page and not self.expanded() and etags.is_known(request, self.tag(row)):
            return Response(status=304)
        return Response(self.get_serializer(row).data)


class ReadViews(mixins.ListModelMixin, RetrieveMixin, TenantViews):
    """Lists and details."""


class WriteViews(mixins.CreateModelMixin, mixins.UpdateModelMixin, mixins.DestroyModelMixin, ReadViews):
    """Lists, details, and everything that changes them."""

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a row, and answer with it as it stands in the database."""
        return self._as_stored(super().create(request, *args, **kwargs))

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change a row, and answer with it as it stands in the database."""
        return self._as_stored(super().update(request, *args, **kwargs))

    def _as_stored(self, response: Response) -> Response:
        # Triggers note when a row changed.
        if issubclass(self.model, Tracked):
            response.data = self.answer(self.written.instance).data
        return response
