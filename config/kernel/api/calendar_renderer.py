"""Answers of the type text/calendar."""

from typing import Any

from rest_framework.renderers import BaseRenderer, JSONRenderer

CONTENT_TYPE = "text/calendar; charset=utf-8"


class CalendarRenderer(BaseRenderer):
    """Lets clients ask for text/calendar; the view makes it."""

    media_type = "text/calendar"
    format = "ics"

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> Any:
        """Write what went wrong as JSON, as everywhere; the calendar itself is made by the view."""
        response = (renderer_context or {}).get("response")
        if response is not None:
            response["Content-Type"] = JSONRenderer.media_type
        return JSONRenderer().render(data, JSONRenderer.media_type, renderer_context)
