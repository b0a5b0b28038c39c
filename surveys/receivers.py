"""What surveys answer when contacts ask about a person: the calls to numbers that are nobody else's."""

from typing import Any

from django.dispatch import receiver

from contacts.services import adminlog, dossier
from contacts.services.dossier import Person, Table
from contacts.signals import person_erased, personal_data_wanted
from surveys.models import CallRequest


@receiver(personal_data_wanted, dispatch_uid="surveys.personal_data")
def show(sender: Any, person: Person, **kwargs: Any) -> list[Table]:
    """Return the calls."""
    calls = CallRequest.objects.filter(phone_number__in=person.own)
    return [dossier.table("call_requests", calls, "id request_uuid phone_number created_date")]


@receiver(person_erased, dispatch_uid="surveys.erased")
def erase(sender: Any, person: Person, token: str, **kwargs: Any) -> dict[str, int]:
    """Keep the calls without their number."""
    calls = CallRequest.objects.filter(phone_number__in=person.own)
    adminlog.forget(calls)
    return {"call_requests": calls.update(phone_number=token)}
