"""The addresses of accounts under /rest-api/."""

from config.kernel.api import Router


def register(router: Router) -> None:
    """Add this app's viewsets."""
