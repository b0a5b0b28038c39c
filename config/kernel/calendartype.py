"""Answers of the type text/calendar."""

from typing import Any

from rest_framework.renderers import BaseRenderer

CONTENT_TYPE = "text/calendar; charset=utf-8"


class CalendarRenderer(BaseRenderer):
    """Lets clients ask for text/calendar; the view makes it."""

    media_type = "text/calendar"
    format = "ics"

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> Any:
        """Return errors as their words."""
        return str(data.get("detail", data)) if isinstance(data, dict) else data
