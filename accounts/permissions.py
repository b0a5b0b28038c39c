"""The role table as a DRF permission."""

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts import principal
from accounts.engine.roles import READ, WRITE, Area


class RolePermission(BasePermission):
    """Asks the role table; a view names its `area` (the desk, when it names none).

    `to_read` is what reading needs: `write` where only those who may change a thing may see it.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        """Reading needs `read`, everything else `write`, in the view's area."""
        found = principal.find(request)
        if not found:
            return False
        action = getattr(view, "to_read", READ) if request.method in SAFE_METHODS else WRITE
        return found.may(getattr(view, "area", Area.DESK), action)
