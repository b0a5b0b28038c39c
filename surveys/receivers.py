"""What surveys answer when contacts ask about a person: the calls to numbers that are nobody else's."""

from typing import Any

from django.dispatch import receiver

from contacts.services import admin_log, personal_data_export
from contacts.services.personal_data_export import DataSubject, ExportTable
from contacts.signals import person_erased, personal_data_wanted
from surveys.models import CallRequest, Result

CALL = "id request_uuid phone_number call_time status extra_data result hangup_cause created_date"
RESULT = "id callrequest_id section_id response record_file recording_duration created_date"


@receiver(personal_data_wanted, dispatch_uid="surveys.personal_data")
def show(sender: Any, person: DataSubject, **kwargs: Any) -> list[ExportTable]:
    """Return the calls, and what was answered in them."""
    calls = CallRequest.objects.filter(phone_number__in=person.own)
    results = Result.objects.filter(callrequest__in=calls)
    return [
        personal_data_export.table("call_requests", calls, CALL),
        personal_data_export.table("survey_results", results, RESULT),
    ]


@receiver(person_erased, dispatch_uid="surveys.erased")
def erase(sender: Any, person: DataSubject, token: str, **kwargs: Any) -> dict[str, int]:
    """Keep the calls and how many answers there were, without the number and the words."""
    calls = CallRequest.objects.filter(phone_number__in=person.own)
    admin_log.anonymise_entries(calls)
    results = Result.objects.filter(callrequest__in=calls)
    return {
        "survey_results": results.update(response="", record_file=""),
        "call_requests": calls.update(phone_number=token, extra_data="", result=""),
    }
