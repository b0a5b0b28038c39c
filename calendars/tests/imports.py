"""Imports, carried out as a worker would."""

from math import inf

from calendars.models import CalendarImport
from calendars.services import worker_turns
from calendars.services.exchange import import_queue


def import_file(content, calendar, name="a.ics"):
    """Import a file of bytes at once, and return what became of its components, in their order."""
    found = []
    row = import_queue.store(calendar, name=name, content=[content], brought_by=None, held=True)
    import_queue.work(row.organization_id, row.pk, seconds=inf, fence=row.fence, tell=found.extend)
    return sorted(found, key=lambda result: result.line)


def work_all():
    """Import what waits to be imported."""
    for organization_id, import_id in worker_turns.find_idle(CalendarImport):
        while import_queue.work(organization_id, import_id, seconds=60):
            pass


def finished(client, answer):
    """Carry out what an answer of an import promises, and return the answer of its status address."""
    assert answer.status_code == 202, answer.content
    assert CalendarImport.objects.unscoped().get(pk=answer.json()["id"]).is_open
    work_all()
    return client.get(answer["Location"])
