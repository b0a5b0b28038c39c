"""Lists of columns that fill, change or copy rows name every column of their model, or it stands here why not.

A new column makes one of these tests fail: decide whether it belongs to the list. Occurrences and their alarms have
tests of their own in `calendars/tests/test_copied_columns.py`.
"""

from calendars.models import Event, ImportedComponent
from calendars.services import events
from calendars.services.exchange import event_import, import_run, import_undo
from calendars.services.field_types import EventChange, NewEvent
from surveys.models import Branching, BranchingTemplate, Section, SectionTemplate, Survey, SurveyTemplate
from surveys.services import sealed_surveys


def names(model):
    """Return the fields of a model that have a column."""
    return {field.name for field in model._meta.concrete_fields}


def keys(shape):
    """Return the fields that a service takes by name."""
    return shape.__required_keys__ | shape.__optional_keys__


def test_edits_know_every_column_of_an_event():
    # What the program alone writes.
    own = {
        "id",
        "organization",
        "parent_event",
        "recurrence_id",
        "local_start",
        "closure",
        "closure_effect",
        "expanded_until",
        "series_ended",
        "series_error",
        "series_fields",
        "paused_at",
        "cancelled_at",
        "changed_at",
        "updated_at",
        "updated_in",
        "created_on",
        "occ_count",
        "notify_count",
        "uid",
        "version",
        # It is given by itself, whatever the reach of an edit.
        "external_id",
    }
    assert keys(EventChange) == {*events.PLAIN, *events.SERIES, "status"} == names(Event) - own
    assert {*keys(NewEvent), "calendar", "creator"} == keys(EventChange) | {"uid", "version", "external_id"}


def test_components_of_a_file_are_filled_whole():
    assert set(import_run.COLUMNS) == names(ImportedComponent) - {"id"}


def test_import_remembers_what_it_may_change():
    # What a file does not tell, and so leaves as it is.
    left = {"creator", "calendar", "contact", "on_closure", "status", "rule", "end_recurring_period"}
    assert set(event_import.FILE_FIELDS) == keys(EventChange) - left
    assert set(import_undo.MOMENTS) <= set(event_import.FILE_FIELDS)


def test_sealed_survey_has_what_its_template_says():
    assert names(Survey) - {"template"} == names(SurveyTemplate) - {"user", "updated_date"}
    said = names(SectionTemplate) - {"id", "organization", "survey"}
    assert names(Section) - {"id", "organization", "survey", "section_template"} == said
    assert set(sealed_surveys.COPIED) == {Section._meta.get_field(name).attname for name in said}
    assert names(Branching) == names(BranchingTemplate) == {"id", "organization", "section", "keys", "goto"}
