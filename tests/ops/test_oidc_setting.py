"""OIDC_PROVIDERS: what it takes, and what it says is wrong."""

import json

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.settings import oidc

ROW = {
    "id": "clinic",
    "name": "Clinic",
    "client_id": "punctual",
    "secret": "s",
    "server_url": "https://id.clinic.example",
    "domains": ["Clinic.example"],
}


def test_provider_becomes_an_app_of_allauth():
    assert oidc.read(json.dumps([ROW])) == [
        {
            "provider_id": "clinic",
            "name": "Clinic",
            "client_id": "punctual",
            "secret": "s",
            "settings": {"server_url": "https://id.clinic.example", "domains": ["clinic.example"]},
        }
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "no JSON"),
        ("{}", "JSON list"),
        ('["x"]', "JSON list"),
        ('[{"id": "x"}]', "lacks name, client_id, secret, server_url, domains"),
        (json.dumps([{**ROW, "domains": []}]), "lacks domains"),
        (json.dumps([{**ROW, "domains": "clinic.example"}]), "must be a list"),
    ],
)
def test_what_is_wrong_is_named(text, words):
    with pytest.raises(ImproperlyConfigured, match=words):
        oidc.read(text)


def test_no_setting_is_no_provider():
    assert oidc.read("") == []
