"""What staff is told is kept as a code with values, and read in each reader's language."""

import copy
import pickle
from datetime import date

import pytest

from config.kernel import text
from config.kernel.text import N_
from notifications.engine.staff_sentences import SENTENCES
from notifications.models import StaffItem
from notifications.services import staff_items


def tell(code, **values):
    staff_items.tell(StaffItem.Reason.WARNING, code, key="k", values=values)
    return StaffItem.objects.get()


def test_values_fill_the_sentence(inside):
    item = tell("visits_while_closed", day=date(2026, 12, 7), closure="Outing")
    assert item.values == {"day": {"day": "2026-12-07"}, "closure": "Outing"}
    assert str(item) == (
        "On Mon 07 Dec 2026 it is closed (“Outing”), but visits stand there: look whether they take place"
    )


def test_sentence_inside_a_sentence_keeps_its_values(inside):
    why = N_("“%(rule)s” needs exactly one FREQ, such as FREQ=DAILY.", rule="X=100%")
    item = tell("series_stopped", title="Visit", why=why)
    assert text.read(item.values["why"]).values == {"rule": "X=100%"}
    assert item.summary == (
        "The series “Visit” cannot be continued: “X=100%” needs exactly one FREQ, such as FREQ=DAILY."
    )


@pytest.mark.parametrize(("code", "values"), [("no such code", {}), ("replied", {"sender": "+1"})])
def test_what_cannot_be_read_later_is_refused_now(inside, code, values):
    with pytest.raises(KeyError):
        tell(code, **values)
    assert not StaffItem.objects.exists()


def test_later_words_take_the_place_of_earlier_ones(inside):
    tell("replied", sender="+1", text="maybe")
    item = tell("unreadable", gateway="Text")
    assert (item.count, item.summary) == (2, "“Text” brought something that could not be read")


def test_every_code_fits_its_column():
    assert max(map(len, SENTENCES)) <= StaffItem._meta.get_field("code").max_length


def test_sentence_survives_copies():
    sentence = N_("“%(name)s” is no day", name="x")
    for same in (copy.deepcopy(sentence), pickle.loads(pickle.dumps(sentence))):
        assert (same, same.template, same.values) == ("“x” is no day", "“%(name)s” is no day", {"name": "x"})
