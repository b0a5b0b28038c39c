"""What the viewsets and serializers of all apps build on."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.utils.text import capfirst
from rest_framework import mixins, serializers, viewsets
from rest_framework.permissions import SAFE_METHODS

from accounts.engine import audit_actor
from accounts.engine.roles import Area
from accounts.services import audit


class TenantSerializer(serializers.HyperlinkedModelSerializer):
    """Links that resolve inside the tenant only; `organization` is never shown nor taken."""


class TenantViews(viewsets.GenericViewSet):
    """Rows of the current organization; `related` are fetched in the same query."""

    model: ClassVar[type[Model]]
    area: ClassVar[Area] = Area.DESK
    related: ClassVar[Sequence[str]] = ()
    prefetched: ClassVar[Sequence[Any]] = ()
    ordering_fields: Sequence[str] = ("id",)
    watch: audit.Watch | None = None
    written: Any = None

    def get_queryset(self) -> QuerySet[Any]:
        """Return the tenant's rows; none while the schema is drawn, when there is no tenant."""
        if getattr(self, "swagger_fake_view", False):
            return QuerySet(self.model).none()
        return self.rows().select_related(*self.related).prefetch_related(*self.prefetched)

    def get_object(self) -> Any:
        """Remember the row as it is, when it is about to be changed."""
        row = super().get_object()
        if self.request.method not in SAFE_METHODS and self.watch is None:
            self.watch = audit.Watch(row)
        return row

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """Remember the last one: it holds the row that was made."""
        self.written = super().get_serializer(*args, **kwargs)
        return self.written

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Tell the audit trail what was done, in the transaction in which it was done."""
        done = request.method not in SAFE_METHODS and response.status_code < 400
        if done and self.action:
            self._tell(audit_actor.verb(self.action))
        return super().finalize_response(request, response, *args, **kwargs)

    def _tell(self, action: str) -> None:
        if self.watch:
            return audit.ensure(action, of=self.watch.of, changed=self.watch.changed())
        made = getattr(self.written, "instance", None)
        for row in made if isinstance(made, list) else [made]:
            if isinstance(row, Model):
                audit.ensure(action, row)
        return None

    def get_view_name(self) -> str:
        """Head the pages that one browses with the name of the rows."""
        names = self.model._meta
        own = names.verbose_name_plural if self.suffix == "List" else names.verbose_name
        return self.name or capfirst(str(own))

    def rows(self) -> QuerySet[Any]:
        """Return what the current organization may see."""
        return self.model.objects.all()  # type: ignore[attr-defined]


class ReadViews(mixins.ListModelMixin, mixins.RetrieveModelMixin, TenantViews):
    """Lists and details."""


class WriteViews(mixins.CreateModelMixin, mixins.UpdateModelMixin, mixins.DestroyModelMixin, ReadViews):
    """Lists, details, and everything that changes them."""
