"""Lists of columns that copy, fill or change rows name every column of their model, or it stands here why not.

A new column makes one of these tests fail: decide whether it is copied, and write it into the list or down here.
"""

import re

from calendars.models import Alarm, Event, ImportedComponent
from calendars.services import events
from calendars.services.alarms import alarms
from calendars.services.exchange import file_import, ical_import, import_undo
from calendars.services.fields import AlarmFields, EventChange, NewEvent
from calendars.services.series import occurrence_rows
from surveys.models import Branching, BranchingTemplate, Section, SectionTemplate, Survey, SurveyTemplate
from surveys.services import sealing


def columns(model):
    """Return the columns of a model, as the database has them."""
    return {field.column for field in model._meta.concrete_fields}


def names(model):
    """Return the fields of a model that have a column."""
    return {field.name for field in model._meta.concrete_fields}


def filled(statement):
    """Return the columns that an INSERT fills."""
    listed = re.search(r"INSERT INTO \w+ \(([^)]+)\)", statement)[1]
    return set(re.findall(r"\w+", listed))


def keys(shape):
    """Return the fields that a service takes by name."""
    return shape.__required_keys__ | shape.__optional_keys__


def copied(statement, alias):
    """Return the columns that a statement takes over from another row."""
    selected = statement[statement.index("SELECT") : statement.index("FROM unnest")]
    return set(re.findall(rf"\b{alias}\.(\w+)", selected))


def test_occurrences_are_filled_whole():
    # Its number, when it was made and changed, and what a root alone has.
    left = {"id", "created_on", "changed_at", "expanded_until", "paused_at"}
    assert filled(occurrence_rows.INSERT_CHILDREN) == columns(Event) - left


def test_occurrences_take_over_what_their_series_says():
    # What each has of its own: its times, its place in the series, and what became of it.
    own = {
        "id", "start", "end", "local_start", "recurrence", "recurrence_id", "parent_event_id", "occ_count", "uid",
        "status", "notify_count", "version", "created_on", "changed_at", "cancelled_at", "closure", "closure_effect",
        "expanded_until", "paused_at", "series_ended", "series_error",
    }  # fmt: skip
    assert copied(occurrence_rows.INSERT_CHILDREN, "r") - {"id"} == columns(Event) - own


def test_alarms_of_occurrences_are_filled_whole():
    assert filled(occurrence_rows.INSERT_ALARMS) == columns(Alarm) - {"id", "created_date"}


def test_alarms_of_occurrences_take_over_what_an_edit_hands_down():
    shared = {Alarm._meta.get_field(name).column for name in alarms.SHARED}
    assert copied(occurrence_rows.INSERT_ALARMS, "a") - {"id", "organization_id"} == shared
    # What each has of its own: its times, and what became of it.
    own = {
        "id", "organization", "event", "parent_alarm", "num_attempt", "status", "result", "state", "reason", "revision",
        "created_date",
    }  # fmt: skip
    assert names(Alarm) - own == {*alarms.SHARED, *alarms.TIMES}


def test_alarm_is_given_what_its_copies_take_over():
    assert keys(AlarmFields) == {*alarms.SHARED, "date_start_notice", "status", "result"}


def test_edits_know_every_column_of_an_event():
    # What the program alone writes.
    own = {
        "id", "organization", "parent_event", "recurrence_id", "local_start", "closure", "closure_effect",
        "expanded_until", "series_ended", "series_error", "paused_at", "cancelled_at", "changed_at", "created_on",
        "occ_count", "notify_count", "uid", "version",
    }  # fmt: skip
    assert keys(EventChange) == {*events.PLAIN, *events.SERIES, "status"} == names(Event) - own
    assert {*keys(NewEvent), "calendar", "creator"} == keys(EventChange) | {"uid", "version"}


def test_events_of_a_file_are_filled_whole():
    # What a single event does not have, and the database fills.
    left = {
        "id", "created_on", "end_recurring_period", "rule", "parent_event", "contact", "on_closure", "closure_effect",
        "expanded_until", "paused_at", "cancelled_at", "changed_at",
    }  # fmt: skip
    assert set(events.COLUMNS) == names(Event) - left
    assert set(file_import.COLUMNS) == names(ImportedComponent) - {"id"}


def test_import_remembers_what_it_may_change():
    assert set(ical_import.TOLD) <= names(Event)
    assert set(import_undo.MOMENTS) <= set(ical_import.TOLD)


def test_sealed_survey_has_what_its_template_says():
    assert names(Survey) - {"template"} == names(SurveyTemplate) - {"user", "updated_date"}
    said = names(SectionTemplate) - {"id", "organization", "survey"}
    assert names(Section) - {"id", "organization", "survey", "section_template"} == said
    assert set(sealing.COPIED) == {Section._meta.get_field(name).attname for name in said}
    assert names(Branching) == names(BranchingTemplate) == {"id", "organization", "section", "keys", "goto"}
