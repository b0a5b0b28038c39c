"""Change many visits, as `visits.change` and `visits.set_status` do; where only texts change, in a few statements."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from django.db import transaction

from appointments.models import Appointment
from appointments.services import visit_texts, visits
from appointments.services.visit_texts import TextChange
from appointments.services.visits import VisitChange
from config.kernel import shapes
from config.kernel.errors import PunctualError

Fields = Mapping[str, Any]


@transaction.atomic
def change_many(changes: Sequence[tuple[Appointment, Fields]], *, now: datetime) -> list[Appointment | PunctualError]:
    """Change visits, each once and alone; in place of one that cannot be changed stands why not.

    Each has the fields of `visits.change`, `status` and `overlap_reason`; what says nothing new changes nothing, and
    asks the database for nothing: relations were read with the visits.
    """
    done: dict[int, Appointment | PunctualError] = {}
    texts: dict[int, TextChange] = {}
    for visit, given in changes:
        fields = dict(given)
        status, overlap = fields.pop("status", visit.status), fields.pop("overlap_reason", "")
        edit = _edit(visit, fields)
        if status == visit.status and not edit.news:
            done[visit.pk] = visit
        elif status == visit.status and edit.is_one:
            texts[visit.pk] = edit
        else:
            done[visit.pk] = _change(visit, fields, status=status, overlap_reason=overlap, now=now)
    if texts:
        done |= zip(texts, visit_texts.change_many(list(texts.values()), now=now), strict=True)
    return [done[visit.pk] for visit, _ in changes]


def _edit(visit: Appointment, fields: dict[str, Any]) -> TextChange:
    shapes.check(fields, VisitChange)
    wanted = cast(VisitChange, fields)
    return TextChange(visit, visits.of_event(wanted), visits.of_visit(wanted))


def _change(
    visit: Appointment, fields: dict[str, Any], *, status: str, overlap_reason: str, now: datetime
) -> Appointment | PunctualError:
    try:
        with transaction.atomic():
            visits.change(visit, now=now, overlap_reason=overlap_reason, **cast(VisitChange, fields))
            if status != visit.status:
                visits.set_status(visit, status=status, now=now)
    except PunctualError as error:
        return error
    return visit
