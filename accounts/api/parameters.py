"""Parameters of addresses: each view says which it knows, and refuses all others."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from rest_framework.request import Request

from accounts.api.filters import TenantFilterBackend
from config.kernel.api.unknown_names import refuse_unknown_parameters

# Where the parts of a list keep the names of their parameters.
NAMES = (
    "search_param",
    "ordering_param",
    "page_query_param",
    "page_size_query_param",
    "limit_query_param",
    "offset_query_param",
    "cursor_query_param",
    "since_query_param",
)


class KnownParametersMixin:
    """A viewset that refuses parameters which it does not know.

    A list knows filters, search, order and pages; `parameters` tells by action what is known besides.
    """

    parameters: ClassVar[Mapping[str, Sequence[str]]] = {}
    # An older interface ignores them.
    refuses_unknown_parameters = True
    # What the viewset beside this mixin has.
    action: str
    filter_backends: Any
    paginator: Any
    model: ClassVar[type[Model]]

    def row_parameters(self) -> set[str]:
        """Return the parameters that answers with rows know; none unless a viewset says so."""
        return set()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Look at the address when it is known who asks."""
        super().initial(request, *args, **kwargs)
        if request.query_params and self.refuses_unknown_parameters:
            own = {*self.parameters.get(self.action, ()), *self.row_parameters()}
            refuse_unknown_parameters(request, {*own, *(self._of_lists() if self.action == "list" else ())})

    def _of_lists(self) -> set[str]:
        names: set[str] = set()
        for backend in self.filter_backends:
            if issubclass(backend, TenantFilterBackend):
                found = backend().get_filterset_class(self, QuerySet(self.model))
                names |= set(found.base_filters) if found else set()
        told_by = (*self.filter_backends, self.paginator)
        return names | {getattr(part, name) for part in told_by for name in NAMES if hasattr(part, name)}
