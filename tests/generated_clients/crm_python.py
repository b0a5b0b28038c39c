"""A CRM with the client that `openapi-python-client` generated; it runs in an environment of its own.

Creates, reads, lists and changes a contact with phones, a recurring event and a visit; prints JSON.
"""

import json
import sys
from datetime import datetime

from generated import AuthenticatedClient
from generated.api.appointment import book_visit, change_visit, get_visit, list_visits
from generated.api.calendar import list_calendars
from generated.api.calendar_user import list_calendar_users
from generated.api.contact import change_contact, create_contact, get_contact, list_contacts
from generated.api.event import change_event, create_event, get_event, list_events
from generated.models import (
    ContactRequest,
    EventRequest,
    NewAppointmentRequest,
    PatchedAppointmentRequest,
    PatchedContactRequest,
    PatchedEventRequest,
)


def main(url, key, day):
    """Walk through the three of them."""
    client = AuthenticatedClient(base_url=url, token=key, raise_on_unexpected_status=True)
    person = {"first_name": "Ana", "phones": [{"number": "+12125550187"}]}
    made = create_contact.sync(client=client, body=ContactRequest.from_dict(person))
    renamed = change_contact.sync(made.id, client=client, body=PatchedContactRequest(last_name="Lopez"))
    contact = get_contact.sync(made.id, client=client)
    (calendar,) = list_calendars.sync(client=client).results
    (creator,) = list_calendar_users.sync(client=client).results
    fields = {"title": "Physio", "calendar": calendar.url, "creator": creator.url, "start": f"{day}T09:00:00"}
    weekly = EventRequest.from_dict({**fields, "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=3"]})
    event = create_event.sync(client=client, body=weekly)
    change_event.sync(event.id, client=client, body=PatchedEventRequest(title="Physiotherapy"))
    visit = NewAppointmentRequest(
        contact=contact.url, calendar=calendar.url, starts_at=datetime.fromisoformat(f"{day}T15:00:00+00:00")
    )
    booked = book_visit.sync(client=client, body=visit)
    change_visit.sync(booked.id, client=client, body=PatchedAppointmentRequest(title="Cleaning"))
    refused = create_contact.sync(client=client, body=ContactRequest.from_dict({"phones": [{"number": "12"}]}))
    told = {
        "contact": [renamed.last_name, contact.phones[0].number, list_contacts.sync(client=client).count],
        "event": [get_event.sync(event.id, client=client).title, list_events.sync(client=client).count],
        "visit": [get_visit.sync(booked.id, client=client).title, len(list_visits.sync(client=client).results)],
        "refused": [type(refused).__name__, refused.code],
    }
    print(json.dumps(told))


main(*sys.argv[1:])
