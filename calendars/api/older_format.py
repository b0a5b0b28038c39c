"""The older interface's format of four lists: a note for none, the bare object for one, an array for more."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request

NEWFIES = "newfies"
PARAMETERS = ("shape",)


def wants_older_format(request: Request) -> bool:
    """Return whether a request asks for the older shape, `?shape=newfies`; any other shape is an error."""
    wanted = request.query_params.get("shape", "")
    if wanted not in ("", NEWFIES):
        raise serializers.ValidationError(
            {"shape": [_("“%(wanted)s” is no shape; write newfies, or leave it out.") % {"wanted": wanted[:40]}]}
        )
    return wanted == NEWFIES


def to_older_format(rows: list[Any], *, kind: str) -> Any:
    """Return rows in the older interface's format."""
    if not rows:
        return {"note": f"no {kind} found"}
    return rows[0] if len(rows) == 1 else rows
