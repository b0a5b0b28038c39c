"""Voice applications in the admin."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts import tenancy
from surveys.models import AudioFile, BranchingTemplate, SectionTemplate, Survey, SurveyTemplate
from surveys.services import audio, sections


@pytest.fixture
def desk(world, clock):
    client = Client()
    client.force_login(world.manager)
    return client


@pytest.fixture
def template(inside):
    made = SurveyTemplate.objects.create(name="Reminder", user=inside.owner)
    sections.create(made, question="Hello")
    return made


def test_survey_is_written_with_its_first_section(desk, world):
    row = {
        "sections-TOTAL_FORMS": 1,
        "sections-INITIAL_FORMS": 0,
        "sections-0-order": 1,
        "sections-0-type": 3,
        "sections-0-question": "Will you come?",
    }
    response = desk.post("/admin/surveys/surveytemplate/add/", {"name": "Reminder", "tts_language": "en", **row})
    assert response.status_code == 302, response.context["errors"]
    with tenancy.tenant(world.organization.pk):
        section = SectionTemplate.objects.get()
        assert (section.survey.name, section.survey.user, section.script) == (
            "Reminder",
            world.manager,
            "Will you come?",
        )
        assert section.branchings.get().keys == "timeout"


def test_survey_is_sealed_by_a_button(desk, template, world):
    desk.post(f"/admin/surveys/surveytemplate/{template.pk}/do/seal/")
    sealed = Survey.objects.get(template=template)
    assert [section.question for section in sealed.sections.all()] == ["Hello"]
    assert desk.get("/admin/surveys/survey/add/").status_code == 403


def test_page_of_a_survey_leads_to_its_sections(desk, template):
    page = desk.get(f"/admin/surveys/surveytemplate/{template.pk}/change/").content.decode()
    assert f'href="/admin/surveys/sectiontemplate/{template.sections.get().pk}/change/"' in page


def test_branching_in_the_admin_stays_inside_its_survey(desk, template, inside):
    elsewhere = SurveyTemplate.objects.create(name="Other", user=inside.owner)
    far = sections.create(elsewhere, question="Far away")
    data = {"section": template.sections.get().pk, "keys": "1", "goto": far.pk}
    response = desk.post("/admin/surveys/branchingtemplate/add/", data)
    assert list(response.context["adminform"].form.errors) == ["goto"]
    assert set(BranchingTemplate.objects.values_list("keys", flat=True)) == {"0"}


def test_recording_is_sent_in_the_admin(desk, inside):
    content = b"OggS and sound"
    data = {"name": "Hello", "audio_file": SimpleUploadedFile("hello.ogg", content)}
    assert desk.post("/admin/surveys/audiofile/add/", data).status_code == 302
    row = AudioFile.objects.get()
    assert (bytes(row.content), row.media_type, row.size) == (content, "audio/ogg", len(content))


def test_recording_is_renamed_and_deleted_in_the_admin(desk, inside):
    row = AudioFile(name="Hello")
    audio.store(row, b"OggS and sound")
    assert desk.post(f"/admin/surveys/audiofile/{row.pk}/change/", {"name": "Welcome"}).status_code == 302
    assert (AudioFile.objects.get().name, bytes(AudioFile.objects.get().content)) == ("Welcome", b"OggS and sound")
    desk.post(f"/admin/surveys/audiofile/{row.pk}/delete/", {"post": "yes"})
    assert not AudioFile.objects.exists()
