"""How far an edit of an event reaches, and which version of it the editor saw (RFC 9110: ETag, If-Match)."""

import re
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from calendars.engine.states import Reach
from calendars.errors import BadReach, ChangedMeanwhile
from calendars.models import Event

TAG = re.compile(r'(?:W/)?"(?P<event>[0-9]{1,18})-(?P<version>[0-9]{1,9})"')

REACH = OpenApiParameter(
    "edit",
    OpenApiTypes.STR,
    enum=[str(reach) for reach in Reach],
    description="How much of a series: `this` occurrence, this and the `following`, or `all`. Without it a root stands "
    "for its series, and an occurrence for itself.",
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The ETag of what the editor saw; 412 when somebody changed the event since.",
)


class EditedViews:
    """Views of events whose answers carry the version, and whose edits may insist on one."""

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Show one event with its ETag."""
        event = self.get_object()  # type: ignore[attr-defined]
        return tagged(Response(self.get_serializer(event).data), event)  # type: ignore[attr-defined]

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make one event."""
        response = super().create(request, *args, **kwargs)  # type: ignore[misc]
        return tagged(response, self.edited)  # type: ignore[attr-defined]

    @extend_schema(parameters=[REACH, IF_MATCH])
    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Replace one event as far as `edit` says, if it is still what the editor saw."""
        before = self.get_object()  # type: ignore[attr-defined]
        version_of(request, before)
        response = super().update(request, *args, **kwargs)  # type: ignore[misc]
        event = self.edited  # type: ignore[attr-defined]
        if event.pk != before.pk:
            response["Content-Location"] = response.data["url"]
        return tagged(response, event)

    @extend_schema(parameters=[REACH, IF_MATCH])
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change one event as far as `edit` says, if it is still what the editor saw."""
        return super().partial_update(request, *args, **kwargs)  # type: ignore[misc]

    @extend_schema(parameters=[REACH, IF_MATCH])
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Remove one event as far as `edit` says, if it is still what the editor saw."""
        return super().destroy(request, *args, **kwargs)  # type: ignore[misc]


def tag(event: Event) -> str:
    """Return the ETag of an event."""
    return f'"{event.pk}-{event.version}"'


def tagged(response: Response, event: Event) -> Response:
    """Give an answer about one event its ETag."""
    response["ETag"] = tag(event)
    return response


def version_of(request: Request, event: Event) -> int | None:
    """Return the version that the request insists on, None for any; raise `ChangedMeanwhile` for another event's."""
    wanted = request.headers.get("If-Match", "").strip()
    if wanted in ("", "*"):
        return None
    tags = [TAG.fullmatch(part.strip()) for part in wanted.split(",")]
    versions = [int(found["version"]) for found in tags if found and int(found["event"]) == event.pk]
    if event.version in versions:
        return event.version
    raise ChangedMeanwhile


def options(request: Request, event: Event) -> dict[str, Any]:
    """Return `reach` and `version` for the service; raise `BadReach`."""
    text = request.query_params.get("edit", "")
    if text and text not in tuple(Reach):
        raise BadReach(f"“{text[:20]}” is none of {', '.join(Reach)}.", field="edit")
    return {"reach": Reach(text) if text else None, "version": version_of(request, event)}
