"""What an answer means: accepted, refused for good or for now, opted out, or a doubt."""

import pytest

from notifications.errors import Ambiguous, DeliveryError, PermanentFailure, Suppressed, TemporaryFailure
from notifications.providers.http import HttpAnswer
from notifications.providers.http_sms import answers, settings

PLAIN = {"id_path": "", "id_text": "OK: {id}"}
RESULTS = {
    "result_path": "result.code",
    "accepted_results": "ok, queued",
    "temporary_results": "BUSY",
    "opted_out_results": "blocked",
    "id_path": "result.ids.0",
}


def told(configuration, status, text):
    """Return the id, or the kind of error, of an answer."""
    try:
        return answers.read(settings.parse(configuration), HttpAnswer(status, {}, text)).provider_id
    except DeliveryError as error:
        return type(error)


@pytest.mark.parametrize(
    ("configuration", "status", "text", "meaning"),
    [
        ({}, 200, '{"id": "a-1"}', "a-1"),
        ({}, 202, '{"id": 17}', "17"),
        ({"id_path": "data.0.id"}, 200, '{"data": [{"id": "a-1"}]}', "a-1"),
        ({}, 200, "{}", Ambiguous),
        ({}, 200, '{"id": true}', Ambiguous),
        ({}, 200, "<html>", Ambiguous),
        ({"id_path": ""}, 200, "thanks", ""),
        (PLAIN, 200, "OK: 17, thanks", "17"),
        (PLAIN, 200, "ERR: 105", Ambiguous),
        ({"accepted_status": "200, 208"}, 202, '{"id": "a-1"}', TemporaryFailure),
        ({}, 302, "", TemporaryFailure),
        ({}, 400, "", PermanentFailure),
        ({}, 401, "", TemporaryFailure),
        ({}, 408, "", Ambiguous),
        ({}, 429, "", TemporaryFailure),
        ({}, 500, "", Ambiguous),
        (RESULTS, 200, '{"result": {"code": "OK", "ids": ["a-1"]}}', "a-1"),
        (RESULTS, 200, '{"result": {"code": "no route"}}', PermanentFailure),
        (RESULTS, 200, '{"result": {"code": "busy"}}', TemporaryFailure),
        (RESULTS, 200, '{"result": {}}', Ambiguous),
        (RESULTS, 400, '{"result": {"code": "blocked"}}', Suppressed),
        (RESULTS, 500, '{"result": {"code": "busy"}}', TemporaryFailure),
    ],
)
def test_answer_is_read(configuration, status, text, meaning):
    assert told(configuration, status, text) == meaning


def test_answer_of_a_hostile_provider_is_read_in_no_time():
    assert told({"id_path": "", "id_text": "a{id}b"}, 200, "a" * 60_000) is Ambiguous
    assert told({}, 200, "[" * 60_000) is Ambiguous
