"""Public holidays of countries and their parts."""

from datetime import date

import pytest

from accounts.engine import holidays


def test_part_of_a_country_has_its_own_holidays():
    assert holidays.of_year("DE-BY", 2027)[date(2027, 1, 6)] == "Heilige Drei Könige"
    assert date(2027, 1, 6) not in holidays.of_year("DE", 2027)


def test_names_do_not_depend_on_the_servers_language(monkeypatch):
    monkeypatch.setenv("LANGUAGE", "fr")
    assert holidays.of_year("DE-BE", 2031)[date(2031, 12, 25)] == "Erster Weihnachtstag"


@pytest.mark.parametrize("region", ["", "XX", "de", "DE-ZZ", "../x"])
def test_unknown_region_is_refused(region):
    with pytest.raises(ValueError, match="is no known country"):
        holidays.of_year(region, 2027)


@pytest.mark.django_db
def test_clinic_says_where_it_is(api, world):
    address = f"/rest-api/clinic/{world.clinic.pk}/"
    assert api.patch(address, {"public_holidays": "US-NY"}).json()["public_holidays"] == "US-NY"
    refused = api.patch(address, {"public_holidays": "Bavaria"})
    assert (refused.status_code, list(refused.json())) == (400, ["public_holidays", "code"])
    world.clinic.refresh_from_db()
    assert world.clinic.public_holidays == "US-NY"
