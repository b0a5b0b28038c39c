"""What the checks of the older interface share."""

from calendars.models import Rule


def link(kind, pk):
    """Return a link as the older documents print it."""
    return f"http://127.0.0.1:8000/rest-api/{kind}/{pk}/"


def rule(frequency="DAILY", params=""):
    """Make a named rule."""
    return Rule.objects.create(name="Test", description="", frequency=frequency, params=params)
