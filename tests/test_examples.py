"""The examples of the OpenAPI description are what Punctual takes and answers.

`RECORD_EXAMPLES=1` writes the answers anew, where examples were added or changed in `config/kernel/api/examples.json`.
"""

import json
import os
import re
from collections import defaultdict

import jsonschema
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from drf_spectacular.generators import SchemaGenerator

from accounts import tenancy
from calendars.tests.imports import work_all
from config.kernel.api import examples
from notifications.models import Gateway, InboundEvent, StaffItem

# What a person tries first.
TRIED = """
listContacts createContact getContact changeContact putContacts
listVisits bookVisit bookVisits getVisit changeVisit confirmVisit cancelVisit restoreVisit
listEvents createEvent putEvents getEvent changeEvent cancelEvent restoreEvent pauseEvent resumeEvent
listOccurrencesOfEvent computeOccurrencesOfEvent listAlarmsOfEvent
listAlarms createAlarm getAlarm changeAlarm listAlarmRequests
listCalendars createCalendar getCalendar changeCalendar listCalendarUsers
importIntoCalendar listCalendarImports getCalendarImport undoCalendarImport
listCalendarFeeds createCalendarFeed revokeCalendarFeed
listAllOpeningHours createOpeningHours listClosures createClosure changeClosure listHolidays
listSmsTemplates createSmsTemplate changeSmsTemplate listMailTemplates createMailTemplate
listSmsGateways createSmsGateway listMailGateways
listSurveyTemplates createSurveyTemplate createSectionTemplate listBranchingTemplates changeBranchingTemplate
sealSurveyTemplate listInboundTexts listStaffItems finishStaffItem listOrganizations listClinics
""".split()
FILTERS = {"event": "event", "section": "section-template"}
NUMBERED = re.compile(r"([a-z-]+)/(\d+)(?=/)|(event)-(\d+)(?=@)")
# Drawn anew each time.
DRAWN = {
    r"/feeds/[\w-]+\.ics": "/feeds/….ics",
    r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b": "6a0f7f0e-5b0c-4d0e-9c55-0f8f0f5f7a10",
    r"(?<=/hooks/)[\w-]+": "…",
}


class Numbers:
    """Tells rows by numbers as a new clinic would have them: 1 for the first one of its kind that is met."""

    def __init__(self):
        self.known = defaultdict(dict)

    def told(self, kind, number):
        return self.known[kind].setdefault(int(number), len(self.known[kind]) + 1)

    def real(self, kind, number):
        found = {shown: row for row, shown in self.known[kind].items()}
        return found.get(int(number), 10**9)

    def text(self, value, change):
        def put(found):
            kind, number = found[1] or found[3], found[2] or found[4]
            return f"{kind}{'/' if found[1] else '-'}{change(kind, number)}"

        return NUMBERED.sub(put, value)

    def answer(self, value, kind):
        """Return an answer as the examples have it; `kind` is that of rows that tell a number and no address."""
        if isinstance(value, list):
            return [self.answer(each, kind) for each in value]
        if isinstance(value, dict):
            address = value.get("url")
            own = NUMBERED.findall(address)[-1][0] if isinstance(address, str) else kind
            ids = {"id": own, "goto": kind, "section_template": "section-template"}
            told = {name: self.told(of, value[name]) for name, of in ids.items() if type(value.get(name)) is int}
            return {name: told.get(name) or self.answer(each, kind) for name, each in value.items()}
        if not isinstance(value, str):
            return value
        value = value.replace("http://testserver", examples.HOST)
        for pattern, shown in DRAWN.items():
            value = re.sub(pattern, shown, value)
        return self.text(value, self.told)

    def request(self, value):
        """Return a request of the examples as it is sent."""
        return json.loads(self.text(json.dumps(value).replace(examples.HOST, "http://testserver"), self.real))


def send(api, call, numbers):
    """Send the request of an example, and let workers do what it asks for."""
    address = f"/rest-api/{numbers.text(call.address, numbers.real)}"
    for name, kind in FILTERS.items():
        address = re.sub(rf"(?<=[?&]{name}=)\d+", lambda found, kind=kind: str(numbers.real(kind, found[0])), address)
    body, how = numbers.request(call.request), {"format": "json"}
    if isinstance(body, dict) and "file" in body:
        body, how = {"file": SimpleUploadedFile("office.ics", body["file"].encode())}, {"format": "multipart"}
    answer = getattr(api, call.method.lower())(address, body, **(how if call.method != "GET" else {}))
    work_all()
    return answer


@pytest.fixture
def clinic(clock, world):
    """Return a clinic that a patient has written to, without what only tests need."""
    with tenancy.tenant(world.organization.pk):
        type(world.organization).objects.update(allowed_regions="US")
        Gateway.objects.filter(channel="sms").update(base_url="")
        Gateway.objects.filter(channel="email").update(base_url="smtps://mail.riverside.example")
        text = InboundEvent.objects.create(
            gateway=world.sms_gateway, kind="message", event_key="a", raw="{}", sender="+12125550187", text="Who is it?"
        )
        values = {"recipient": "+12125550187"}
        StaffItem.objects.create(kind="failed", code="not_sent", values=values, dedup_key="a", inbound=text)
    return world


@pytest.fixture(scope="module")
def description():
    return SchemaGenerator().get_schema(public=True)


@pytest.mark.django_db
def test_examples_are_answered_as_they_say(clinic, api):
    numbers, found = Numbers(), []
    for call in examples.read():
        answer = send(api, call, numbers)
        kind = call.address.partition("?")[0].rstrip("/").split("/")
        (of,) = [part for part in kind[::-1] if not part.isdigit() and part not in ("undo", "revoke")][:1]
        of = {"import": "imports"}.get(of, of)
        body = numbers.answer(answer.json(), of) if answer.content else None
        found.append({**call.__dict__, "status": answer.status_code, "response": body})
    if os.environ.get("RECORD_EXAMPLES"):
        record(found)
    for call, told in zip(examples.read(), found, strict=True):
        assert (call.call, told["status"], told["response"]) == (call.call, call.status, call.response)


def record(found):
    """Write the examples with their answers."""
    kept = [
        {name: call[name] for name in ("summary", "call", "request", "status", "response") if call[name] is not None}
        for call in found
    ]
    examples.FILE.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
    examples.read.cache_clear()


def operations(description):
    return {
        each["operationId"]: (path, method, each)
        for path, methods in description["paths"].items()
        for method, each in methods.items()
    }


def test_what_a_person_tries_first_has_examples(description):
    found = operations(description)
    assert [name for name in TRIED if not any(call.is_of(*found[name][:2]) for call in examples.read())] == []
    sent = found["createContact"][2]["requestBody"]["content"]["application/json"]["examples"]
    assert sent["example1"]["summary"] == "A contact with a phone: POST /rest-api/contact/"
    assert sent["example1"]["value"]["phones"] == [{"number": "(212) 555-0187"}]


def test_examples_are_as_the_description_says(description):
    found = operations(description)
    for call in examples.read():
        ((_, _, each),) = [one for one in found.values() if call.is_of(*one[:2])]
        content = each["responses"][str(call.status)].get("content", {})
        if call.response is not None:
            schema = {**content["application/json"]["schema"], "components": description["components"]}
            jsonschema.Draft202012Validator(schema).validate(call.response)
