"""Views for edits with a reach: one occurrence, the following, the whole series."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from calendars.engine.states import Reach
from calendars.models import Event
from calendars.services import event_edit_routing

REACH = OpenApiParameter(
    "edit",
    OpenApiTypes.STR,
    enum=[str(reach) for reach in Reach],
    description="How much of a series: `this` occurrence, this and the `following`, or `all`. Without it a root stands "
    "for its series, and an occurrence for itself.",
)

PARAMETERS = ("edit",)
REACH_OF_DELETION = OpenApiParameter(
    "edit",
    OpenApiTypes.STR,
    enum=[str(reach) for reach in Reach],
    description="How much of a series: `this` occurrence, this and the `following`, or `all`. Left out: this one.",
)


class EditedViews:
    """Views of events whose edits may reach further than the event."""

    written: Any
    snapshot: Any

    def lock(self, row: Event) -> None:
        """Lock the series first."""
        Event.objects.lock_series(row)
        Event.objects.lock(row.pk)

    @extend_schema(parameters=[REACH])
    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Replace one event as far as `edit` says."""
        response = super().update(request, *args, **kwargs)
        if self.written.instance.pk != self.snapshot.pk:
            response["Content-Location"] = response.data["url"]
        return response

    @extend_schema(parameters=[REACH])
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change one event as far as `edit` says."""
        return super().partial_update(request, *args, **kwargs)

    @extend_schema(parameters=[REACH_OF_DELETION])
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Remove one event as far as `edit` says."""
        return super().destroy(request, *args, **kwargs)


def reach_of(request: Request) -> Reach | None:
    """Return how far a request's edit reaches, None where it does not say; raise `BadReach`."""
    return event_edit_routing.reach_of(request.query_params.get("edit", ""))
