"""A survey that no call could play is not sealed, and says why."""

import pytest

from surveys.engine import playability
from surveys.engine.playability import PlayedSection
from surveys.engine.states import SectionType as Kind
from surveys.errors import UnplayableSurvey
from surveys.models import Survey, SurveyTemplate
from surveys.services import sealed_surveys, sections

PLAIN = PlayedSection(
    order=1,
    type=Kind.PLAY_MESSAGE,
    question="Hello",
    is_heard=True,
    labels=frozenset(),
    rating_laps=9,
    validate_number=True,
    number_digits=2,
    min_number=0,
    max_number=99,
    phonenumber="",
    conference="",
    sms_text="",
    keys=(),
)
ENDS_HERE = "the call ends here, and cannot go on with “0”."
CASES = [
    ({}, None),
    ({"keys": ("0", "timeout")}, None),
    ({"keys": ("1",)}, "it never gives “1”."),
    ({"is_heard": False}, "it says nothing: it has neither a script nor a recording."),
    ({"type": Kind.MULTI_CHOICE}, "a choice needs a label for one key at least."),
    ({"type": Kind.MULTI_CHOICE, "labels": frozenset("13"), "keys": ("1", "any", "invalid", "timeout")}, None),
    ({"type": Kind.MULTI_CHOICE, "labels": frozenset("13"), "keys": ("2",)}, "it never gives “2”."),
    ({"type": Kind.RATING_QUESTION, "rating_laps": 0}, "a rating needs a highest answer from 1 on."),
    ({"type": Kind.RATING_QUESTION, "rating_laps": None}, "a rating needs a highest answer from 1 on."),
    ({"type": Kind.RATING_QUESTION, "rating_laps": 3, "keys": ("1", "3", "invalid")}, None),
    ({"type": Kind.RATING_QUESTION, "rating_laps": 3, "keys": ("0",)}, "it never gives “0”."),
    ({"type": Kind.RATING_QUESTION, "rating_laps": 3, "keys": ("4",)}, "it never gives “4”."),
    ({"type": Kind.CAPTURE_DIGITS, "keys": ("42", "any", "timeout")}, None),
    ({"type": Kind.CAPTURE_DIGITS, "keys": ("123",)}, "it never gives “123”."),
    ({"type": Kind.CAPTURE_DIGITS, "max_number": 40, "keys": ("42",)}, "it never gives “42”."),
    ({"type": Kind.CAPTURE_DIGITS, "max_number": 40, "validate_number": False, "keys": ("42",)}, None),
    (
        {"type": Kind.CAPTURE_DIGITS, "min_number": 100, "max_number": 200},
        "no number that can be typed fits its digits and its range.",
    ),
    (
        {"type": Kind.CAPTURE_DIGITS, "number_digits": 0},
        "no number that can be typed fits its digits and its range.",
    ),
    ({"type": Kind.CALL_TRANSFER}, "a transfer needs a number."),
    ({"type": Kind.CALL_TRANSFER, "phonenumber": "+12125550187", "keys": ("0",)}, None),
    ({"type": Kind.CONFERENCE}, "a conference needs a room."),
    ({"type": Kind.CONFERENCE, "conference": "7", "keys": ("any",)}, "it never gives “any”."),
    ({"type": Kind.SMS}, "a text message needs a text."),
    ({"type": Kind.RECORD_MESSAGE, "keys": ("0",)}, None),
    ({"type": Kind.HANGUP, "is_heard": False}, None),
    ({"type": Kind.HANGUP, "keys": ("0",)}, ENDS_HERE),
    ({"type": Kind.DNC, "keys": ("0",)}, ENDS_HERE),
]


@pytest.mark.parametrize(("fields", "reason"), CASES)
def test_section_that_a_call_could_not_play_says_why(fields, reason):
    row = PlayedSection(**{**vars(PLAIN), **fields})
    assert playability.problems([row]) == ([f"Section 1 (“Hello”): {reason}"] if reason else [])


def test_two_sections_in_one_place_are_told():
    rows = [PLAIN, PLAIN, PlayedSection(**{**vars(PLAIN), "order": 2})]
    assert playability.problems(rows) == ["2 sections stand in place 1."]


@pytest.mark.django_db
def test_unplayable_survey_is_not_sealed(api, inside, clock):
    survey = SurveyTemplate.objects.create(name="New", user=inside.owner)
    sections.create(survey, question="Wait", type=Kind.CALL_TRANSFER)
    rating = sections.create(survey, question="Come?", type=Kind.RATING_QUESTION, rating_laps=0)
    sealed = Survey.objects.count()
    answer = api.post(f"/rest-api/survey-template/{survey.pk}/seal/")
    assert (answer.status_code, answer.json()["code"]) == (409, "unplayable_survey")
    assert answer.json()["detail"] == (
        "Section 1 (“Wait”): a transfer needs a number. Section 2 (“Come?”): a rating needs a highest answer from 1 on."
    )
    with pytest.raises(UnplayableSurvey):
        sealed_surveys.seal(survey)
    assert Survey.objects.count() == sealed
    sections.change(rating, rating_laps=2)
    sections.change(survey.sections.get(order=1), phonenumber="+12125550187")
    assert sealed_surveys.seal(survey).sections.count() == 2
