"""Filters of surveys and calls."""

from accounts.api.filters import IdFilter, MomentFilter, TenantFilterSet
from surveys.models import BranchingTemplate, CallRequest


class BranchingTemplateFilter(TenantFilterSet):
    """Filters of branchings."""

    survey = IdFilter("section__survey_id")

    class Meta:
        model = BranchingTemplate
        fields = ("section", "goto", "keys")


class CallRequestFilter(TenantFilterSet):
    """Filters of calls."""

    call_time_from = MomentFilter("call_time", "gte")
    call_time_before = MomentFilter("call_time", "lt")

    class Meta:
        model = CallRequest
        fields = ("survey", "aleg_gateway", "status", "call_type", "phone_number", "callerid", "request_uuid")
