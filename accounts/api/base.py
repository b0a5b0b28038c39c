"""What the viewsets and serializers of all apps build on."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.utils.text import capfirst
from rest_framework import mixins, serializers, viewsets

from accounts.engine.roles import Area


class TenantSerializer(serializers.HyperlinkedModelSerializer):
    """Links that resolve inside the tenant only; `organization` is never shown nor taken."""


class TenantViews(viewsets.GenericViewSet):
    """Rows of the current organization; `related` are fetched in the same query."""

    model: ClassVar[type[Model]]
    area: ClassVar[Area] = Area.DESK
    related: ClassVar[Sequence[str]] = ()
    prefetched: ClassVar[Sequence[Any]] = ()
    ordering_fields: Sequence[str] = ("id",)

    def get_queryset(self) -> QuerySet[Any]:
        """Return the tenant's rows; none while the schema is drawn, when there is no tenant."""
        if getattr(self, "swagger_fake_view", False):
            return QuerySet(self.model).none()
        return self.rows().select_related(*self.related).prefetch_related(*self.prefetched)

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
