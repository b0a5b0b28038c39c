"""The addresses of surveys under /rest-api/."""

from config.kernel.api import Router
from surveys.api import views


def register(router: Router) -> None:
    """Add this app's viewsets."""
    router.register("sealed-survey", views.SurveyViews, "survey")
    router.register("audio-files", views.AudioFileViews, "audiofile")
    router.register("callrequest", views.CallRequestViews, "callrequest")
