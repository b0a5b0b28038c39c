"""The addresses of surveys under /rest-api/."""

from config.kernel.api.routing import Router
from surveys.api import views


def register(router: Router) -> None:
    """Add this app's viewsets."""
    router.register("survey-template", views.SurveyTemplateViews, "surveytemplate")
    router.register("section-template", views.SectionTemplateViews, "sectiontemplate")
    router.register("branching-template", views.BranchingTemplateViews, "branchingtemplate")
    router.register("sealed-survey", views.SurveyViews, "survey")
    router.register("surveyaggregate", views.AggregateViews, "surveyaggregate")
    router.register("audio-files", views.AudioFileViews, "audiofile")
    router.register("callrequest", views.CallRequestViews, "callrequest")
    router.register("content-type", views.ContentTypeViews, "contenttype")
