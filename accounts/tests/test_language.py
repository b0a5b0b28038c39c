"""In which language people are answered."""

import pytest
from django.test import Client

from accounts.models import Organization, User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_cache", "clock")]


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
