"""In which language people are answered."""

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from accounts import tenancy
from accounts.models import Organization, User
from accounts.services import password_resets
from config.kernel import text
from notifications.models import StaffItem
from notifications.services import staff_items
from tests.factories import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_tries", "clock")]


@pytest.fixture
def no_tries():
    """Forget what was counted and kept before."""
    cache.clear()


def answered(user=None, *, own="", organization="en", asked="", path="/", **headers):
    """Return the language in which a page is answered."""
    client = Client(headers={"Accept-Language": asked} if asked else {})
    if user:
        User.objects.filter(pk=user.pk).update(language=own)
        Organization.objects.update(language=organization)
        client.force_login(user)
    answer = client.get(path, **headers)
    assert "Accept-Language" in answer.headers["Vary"]
    return answer.headers["Content-Language"]


@pytest.mark.parametrize(
    ("own", "organization", "asked", "spoken"),
    [
        ("de", "fr", "es", "de"),
        ("", "fr", "es", "fr"),
        ("", "fr-CA", "es", "fr"),
        ("", "pt-br", "es-MX,en;q=0.5", "es"),
        ("", "pt-br", "it,de;q=0.3,fr;q=0.9", "fr"),
        ("", "pt-br", "it", "en"),
        ("", "pt-br", "", "en"),
        ("", "pt-br", "nonsense;;;q=x,,", "en"),
    ],
)
def test_own_language_comes_before_the_organizations_and_the_browsers(world, own, organization, asked, spoken):
    assert answered(world.staff, own=own, organization=organization, asked=asked) == spoken


def test_stranger_is_answered_as_the_browser_asks(client):
    answer = client.get("/accounts/login/", headers={"Accept-Language": "de-AT,de;q=0.9"})
    assert answer.headers["Content-Language"] == "de"
    assert '<html lang="de">' in answer.content.decode()


def test_program_is_answered_as_it_asks(api):
    Organization.objects.update(language="fr")
    User.objects.update(language="")
    answer = api.get("/rest-api/event/0/", headers={"Accept-Language": "de"})
    assert (answer.status_code, answer.headers["Content-Language"]) == (404, "de")
    assert api.get("/rest-api/event/0/").headers["Content-Language"] == "fr"


def test_wrong_credentials_are_refused_in_the_language_asked_for(client, world):
    headers = {"Accept-Language": "es", "Authorization": "Token nonsense"}
    answer = client.get("/rest-api/event/", headers=headers)
    assert (answer.status_code, answer.headers["Content-Language"]) == (401, "es")


def test_page_that_is_not_there_speaks_the_readers_language(world):
    assert answered(world.staff, own="de", path="/nothing/") == "de"


def test_next_request_does_not_inherit_the_language(world):
    assert answered(world.staff, own="de") == "de"
    assert answered(world.viewer, own="") == "en"


def test_people_choose_their_language(world):
    client = Client()
    client.force_login(world.staff)
    assert client.post("/accounts/language/", {"language": "es"}).status_code == 302
    assert User.objects.get(pk=world.staff.pk).language == "es"
    assert client.get("/accounts/language/").headers["Content-Language"] == "es"
    assert client.post("/accounts/language/", {"language": "it"}).status_code == 200
    assert User.objects.get(pk=world.staff.pk).language == "es"


def test_stranger_chooses_nothing(client):
    assert client.post("/accounts/language/", {"language": "es"}).status_code == 302
    assert client.get("/accounts/language/").headers["Location"].startswith("/accounts/login/")


def test_letters_are_in_the_language_of_whom_they_are_for(world):
    User.objects.filter(pk=world.staff.pk).update(language="de", email="ana@example.com")
    password_resets.send_emails([world.staff.pk])
    assert PASSWORD not in mail.outbox[0].body
    assert mail.outbox[0].subject == "Punctual: neues Passwort wählen"


def seen_by(user, language, path="/"):
    """Return a page as a person reads it who chose a language."""
    User.objects.filter(pk=user.pk).update(language=language)
    client = Client()
    client.force_login(user)
    return client.get(path).content.decode()


def test_sign_in_asks_in_german(client):
    page = client.get("/accounts/login/", headers={"Accept-Language": "de"}).content.decode()
    assert "Anmelden" in page
    assert "Sign in" not in page


def test_day_page_is_in_the_persons_language(world):
    assert "Heute" in seen_by(world.staff, "de")
    assert "Aujourd’hui" in seen_by(world.staff, "fr")
    assert "Hoy" in seen_by(world.staff, "es")


def test_two_people_read_of_the_same_thing_in_their_own_languages(world):
    with tenancy.tenant(world.organization.pk):
        values = {"sender": "+15550200010", "text": "maybe"}
        staff_items.tell(StaffItem.Reason.UNCLEAR_REPLY, "replied", key="k", values=values)
    assert "+15550200010 hat geantwortet: „maybe“" in seen_by(world.staff, "de")
    assert "+15550200010 a répondu «\xa0maybe\xa0»" in seen_by(world.viewer, "fr").replace("\u202f", "\xa0").replace(
        "« ", "«\xa0"
    ).replace(" »", "\xa0»")
    assert "+15550200010 replied “maybe”" in seen_by(world.owner, "en")


def test_names_of_models_fields_and_choices_are_in_the_persons_language(world):
    page = seen_by(world.owner, "de", "/admin/contacts/contact/add/")
    assert "Vorname" in page
    assert "first name" not in page.lower()


def test_rest_tells_errors_in_the_language_asked_for_under_the_same_code(api):
    User.objects.update(language="")
    told = {
        language: api.get("/rest-api/nothing/", headers={"Accept-Language": language}).json()
        for language in ("en", "fr", "de")
    }
    assert told == {
        "en": {"detail": "There is no such address.", "code": "not_found"},
        "fr": {"detail": "Cette adresse n’existe pas.", "code": "not_found"},
        "de": {"detail": "Diese Adresse gibt es nicht.", "code": "not_found"},
    }


def test_sentences_of_engines_are_told_in_the_language_asked_for(api):
    User.objects.update(language="")
    body = {"phones": [{"number": "12"}]}
    told = api.post("/rest-api/contact/", body, headers={"Accept-Language": "de"}).json()
    assert "„12“" in str(told)
    assert "no possible phone number" not in str(told)


def test_docstrings_of_errors_are_said_in_the_active_language():
    from django.utils import translation

    from calendars.errors import NoChild

    with translation.override("de"):
        assert NoChild().message == "Das Ereignis hat noch kein Vorkommen."
        assert str(NoChild()) == "The event has no child yet."
        assert text.message(ValueError(text.N_("This public key cannot be read."))) != "This public key cannot be read."
