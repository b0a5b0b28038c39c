"""Every request has a name, which its answer and its log lines share."""

import io
import logging
import re

import pytest
from django.conf import settings
from django.test import Client

from config.kernel.http import request_id

pytestmark = pytest.mark.django_db

ADDRESS = "/rest-api/contact/"
NEW = re.compile(r"[0-9a-f]{32}")


@pytest.mark.parametrize("name", ["crm-7", "a" * 64, "01JD.x_Y"])
def test_name_of_a_client_is_answered(client, name):
    assert client.get(ADDRESS, headers={"X-Request-ID": name})["X-Request-ID"] == name


@pytest.mark.parametrize("name", ["", "a" * 65, "two words", "a\tb", "ä", "15551234567", "<script>"])
def test_what_no_log_should_hold_is_made_anew(client, name):
    assert NEW.fullmatch(client.get(ADDRESS, headers={"X-Request-ID": name})["X-Request-ID"])


def test_each_request_without_a_name_gets_its_own(client):
    assert client.get(ADDRESS)["X-Request-ID"] != client.get(ADDRESS)["X-Request-ID"]


def test_refusals_before_any_view_have_it_too(client):
    answer = client.generic("POST", ADDRESS, b"x" * 3 * 1024 * 1024, content_type="application/json")
    assert (answer.status_code, bool(NEW.fullmatch(answer["X-Request-ID"]))) == (413, True)


def test_log_lines_name_the_request():
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(request_id.RequestIdFilter())
    handler.setFormatter(logging.Formatter(settings.LOGGING["formatters"]["line"]["format"]))
    logger = logging.getLogger("django.request")
    logger.addHandler(handler)
    try:
        Client().get(ADDRESS, headers={"X-Request-ID": "crm-7"})
    finally:
        logger.removeHandler(handler)
    logger.info("later")
    assert "django.request [crm-7] Unauthorized: /rest-api/contact/" in written.getvalue()
    assert request_id.current() == request_id.NONE
    assert settings.LOGGING["handlers"]["console"]["filters"] == ["request_id"]
