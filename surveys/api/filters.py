"""Filters of surveys and calls."""

from accounts.api.filters import IdFilter, MomentFilter, TenantFilterSet
from surveys.models import BranchingTemplate, CallRequest, SectionTemplate, Survey


class SurveyFilter(TenantFilterSet):
    """Filters of sealed surveys."""

    template = IdFilter("template_id")

    class Meta:
        model = Survey
        fields = ("name", "tts_language")


class SectionTemplateFilter(TenantFilterSet):
    """Filters of nodes."""

    survey = IdFilter("survey_id")

    class Meta:
        model = SectionTemplate
        fields = ("type",)


class BranchingTemplateFilter(TenantFilterSet):
    """Filters of branchings."""

    section = IdFilter("section_id")
    goto = IdFilter("goto_id")
    survey = IdFilter("section__survey_id")

    class Meta:
        model = BranchingTemplate
        fields = ("keys",)


class CallRequestFilter(TenantFilterSet):
    """Filters of calls."""

    survey = IdFilter("survey_id")
    aleg_gateway = IdFilter("aleg_gateway_id")
    call_time_from = MomentFilter("call_time", "gte")
    call_time_before = MomentFilter("call_time", "lt")

    class Meta:
        model = CallRequest
        fields = ("status", "call_type", "phone_number", "callerid", "request_uuid")
