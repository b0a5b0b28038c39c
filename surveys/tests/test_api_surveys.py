"""Voice applications, recordings and calls over REST."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts import tenancy
from notifications.models import Delivery
from surveys.api import views
from surveys.models import AudioFile, BranchingTemplate, CallRequest, Result, Section, SectionTemplate
from tests.clients import client_of

pytestmark = pytest.mark.django_db
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt and sound"


@pytest.fixture
def survey(api):
    """Return the address of a survey without sections."""
    return api.post("/rest-api/survey-template/", {"name": "Reminder", "description": "By phone"}).json()["url"]


@pytest.fixture
def add(api, survey):
    """Return a function that adds a section and returns it as it is told."""

    def add(question, *, to=survey, **fields):
        return api.post("/rest-api/section-template/", {"survey": to, "question": question, **fields}).json()

    return add


def branchings(api, **filters):
    rows = api.get("/rest-api/branching-template/", filters).json()["results"]
    return [(row["section"], row["keys"], row["goto"]) for row in rows]


def number(url):
    return int(url.rstrip("/").rpartition("/")[2])


def test_survey_belongs_to_the_caller(api, survey):
    told = api.get(survey).json()
    assert (told["user"], told["name"], told["tts_language"]) == ("riverside-owner", "Reminder", "en")


def test_section_stands_last_and_speaks_its_question(add):
    first, second = add("Hello {first_name}"), add("Will you come?", type=3, rating_laps=3)
    assert (first["order"], first["type"], first["script"]) == (1, 1, "Hello {first_name}")
    assert (second["order"], second["rating_laps"], second["timeout"], second["retries"]) == (2, 3, 5, 0)
    assert (second["validate_number"], second["number_digits"], second["max_number"]) == (True, 2, 99)


def test_section_begins_with_the_branching_of_its_type(api, add):
    played, asked, ended = add("Hello"), add("Will you come?", type="3"), add("Goodbye", type=7)
    assert branchings(api) == [(played["url"], "0", None), (asked["url"], "timeout", None)]
    assert branchings(api, section=number(ended["url"])) == []


def test_call_goes_on_where_a_branching_says(api, add):
    first, second = add("Hello"), add("Will you come?", type=3)
    row = api.get("/rest-api/branching-template/", {"section": number(first["url"])}).json()["results"][0]
    assert api.patch(row["url"], {"goto": second["url"]}).json()["goto"] == second["url"]
    made = api.post("/rest-api/branching-template/", {"section": second["url"], "keys": "1", "goto": first["url"]})
    assert (made.status_code, made.json()["keys"]) == (201, "1")


def test_branching_into_another_survey_is_refused(api, add):
    elsewhere = api.post("/rest-api/survey-template/", {"name": "Other"}).json()["url"]
    body = {"section": add("Hello")["url"], "keys": "1", "goto": add("Far away", to=elsewhere)["url"]}
    answer = api.post("/rest-api/branching-template/", body)
    assert (answer.status_code, list(answer.json()), answer.json()["code"]) == (400, ["goto", "code"], "other_survey")


@pytest.mark.parametrize(("keys", "code"), [("0", "keys_taken"), ("yes", "bad_keys"), ("1;DROP", "bad_keys")])
def test_branching_with_bad_or_taken_keys_is_refused(api, add, keys, code):
    answer = api.post("/rest-api/branching-template/", {"section": add("Hello")["url"], "keys": keys})
    assert (answer.status_code, list(answer.json()), answer.json()["code"]) == (400, ["keys", "code"], code)
    with tenancy.tenant(client_organization(api)):
        assert BranchingTemplate.objects.count() == 1


def client_organization(api):
    return number(api.get("/rest-api/organization/").json()["results"][0]["url"])


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"min_number": 5, "max_number": 4}, "min_number", "bad_range"),
        ({"phonenumber": "sofia/gateway/x/1"}, "phonenumber", "bad_phone"),
        ({"confirm_key": "a"}, "confirm_key", "invalid"),
        ({"type": 11}, "type", "invalid"),
        ({"order": -1}, "order", "invalid"),
        ({"question": ""}, "question", "invalid"),
    ],
)
def test_section_that_no_call_could_follow_is_refused(add, fields, field, code):
    told = add(**{"question": "Hello", **fields})
    assert (list(told), told["code"]) == ([field, "code"], code)


def test_section_stays_in_its_survey(api, add):
    elsewhere = api.post("/rest-api/survey-template/", {"name": "Other"}).json()["url"]
    answer = api.patch(add("Hello")["url"], {"survey": elsewhere})
    assert (answer.status_code, list(answer.json())) == (400, ["survey", "code"])


def test_survey_without_sections_cannot_be_sealed(api, survey):
    answer = api.post(f"{survey}seal/")
    assert (answer.status_code, answer.json()["code"]) == (409, "empty_survey")


def test_sealed_survey_takes_another_name_and_points_inside_itself(api, survey, add):
    first, second = add("Hello"), add("Goodbye", type=7)
    row = api.get("/rest-api/branching-template/").json()["results"][0]
    api.patch(row["url"], {"goto": second["url"]})
    answer = api.post(f"{survey}seal/", {"name": "Autumn"})
    told = answer.json()
    assert (answer.status_code, answer["Location"], told["name"]) == (201, told["url"], "Autumn")
    assert [section["section_template"] for section in told["sections"]] == [
        number(first["url"]),
        number(second["url"]),
    ]
    assert told["sections"][0]["branchings"] == [{"keys": "0", "goto": told["sections"][1]["id"]}]
    assert api.get(told["url"]).json() == told
    assert api.patch(told["url"], {"name": "x"}).status_code == 405


def test_staff_may_look_but_not_seal(world, survey):
    staff = client_of(world.staff)
    assert staff.get(survey).status_code == 200
    assert staff.post(f"{survey}seal/").status_code == 403


def test_answers_are_counted_by_question(api, inside):
    sections = [Section.objects.create(survey=inside.survey, question=name, order=1) for name in ("Coming?", "Why?")]
    for section, response in zip([sections[0]] * 3 + [sections[1]], ("1", "1", "2", "ill"), strict=True):
        call = CallRequest.objects.create(phone_number="+15551234567")
        Result.objects.create(callrequest=call, section=section, response=response)
    assert api.get(f"/rest-api/surveyaggregate/{inside.survey.pk}/").json() == [
        {"section__question": "Coming?", "response": "1", "count": 2},
        {"section__question": "Coming?", "response": "2", "count": 1},
        {"section__question": "Why?", "response": "ill", "count": 1},
    ]


def test_recording_is_kept_and_given_back(api, inside):
    answer = api.post("/rest-api/audio-files/", upload(WAV), format="multipart")
    made = answer.json()
    assert (answer.status_code, made["name"], made["media_type"], made["size"]) == (201, "Hello", "audio/wav", len(WAV))
    content = api.get(f"{made['url']}content/")
    assert (content.content, content["Content-Type"], content["Content-Disposition"]) == (
        WAV,
        "audio/wav",
        "attachment",
    )
    renamed = api.patch(made["url"], {"name": "Welcome"}, format="multipart").json()
    assert (renamed["name"], bytes(AudioFile.objects.get().content)) == ("Welcome", WAV)
    replaced = api.put(made["url"], upload(b"OggS"), format="multipart")
    assert (replaced.status_code, replaced.json()["media_type"]) == (200, "audio/ogg")
    assert bytes(AudioFile.objects.get().content) == b"OggS"


def upload(content):
    return {"name": "Hello", "audio_file": SimpleUploadedFile("hello.wav", content)}


def test_what_cannot_be_played_is_no_recording(api, inside):
    answer = api.post("/rest-api/audio-files/", upload(b"<svg onload=alert(1)>"), format="multipart")
    assert (answer.status_code, list(answer.json()), answer.json()["code"]) == (400, ["audio_file", "code"], "no_audio")
    assert not AudioFile.objects.exists()


def test_too_long_a_recording_is_413(api, inside, monkeypatch):
    monkeypatch.setattr(views, "LONGEST_AUDIO", len(WAV) - 1)
    answer = api.post("/rest-api/audio-files/", upload(WAV), format="multipart")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.fixture
def kind(api):
    """Return the address of the kind of sealed surveys."""
    return api.get("/rest-api/content-type/", {"app_label": "surveys", "model": "survey"}).json()["results"][0]["url"]


def test_call_request_is_kept_and_calls_nobody(api, kind, clock, inside):
    body = {"content_type": kind, "object_id": str(inside.survey.pk), "phone_number": "(555) 123-4567"}
    answer = api.post("/rest-api/callrequest/", body)
    told = answer.json()
    assert (answer.status_code, told["content_type"], told["object_id"]) == (201, kind, inside.survey.pk)
    assert (told["phone_number"], told["user"]) == ("+15551234567", "riverside-owner")
    assert (told["status"], told["call_type"], told["timeout"], told["timelimit"]) == (1, 1, 30, 3600)
    assert not Delivery.objects.exists()
    assert api.get("/rest-api/callrequest/", {"survey": inside.survey.pk, "status": 1}).json()["count"] == 1


@pytest.mark.parametrize("missing", ["content_type", "object_id", "phone_number"])
def test_call_request_names_what_it_lacks(api, kind, inside, missing):
    body = {"content_type": kind, "object_id": inside.survey.pk, "phone_number": "+15551234567"}
    del body[missing]
    answer = api.post("/rest-api/callrequest/", body)
    assert (answer.status_code, list(answer.json())) == (400, [missing, "code"])


def test_call_plays_nothing_but_surveys(api, inside):
    other = ContentType.objects.get_for_model(SectionTemplate).pk
    body = {
        "content_type": f"http://x/rest-api/content-type/{other}/",
        "object_id": inside.survey.pk,
        "phone_number": "+15551234567",
    }
    answer = api.post("/rest-api/callrequest/", body)
    assert (answer.status_code, list(answer.json())) == (400, ["content_type", "code"])
