"""The wall around the tenant tables."""

from django.db import migrations

from accounts.migrations._wall import wall

REFERENCES = {
    "calendars_alarm": {
        "event_id": "calendars_event",
        "mail_template_id": "notifications_mailtemplate",
        "parent_alarm_id": "calendars_alarm",
        "sms_template_id": "notifications_smstemplate",
        "survey_id": "surveys_survey",
    },
    "calendars_alarmrequest": {
        "alarm_id": "calendars_alarm",
        "attempt_id": "notifications_attempt",
        "callrequest_id": "surveys_callrequest",
    },
    "calendars_calendar": {"clinic_id": "accounts_clinic", "user_id": "calendars_calendaruser"},
    "calendars_calendarfeed": {"calendar_id": "calendars_calendar"},
    "calendars_calendarimport": {"calendar_id": "calendars_calendar"},
    "calendars_calendarsetting": {
        "aleg_gateway_id": "notifications_gateway",
        "mail_gateway_id": "notifications_gateway",
        "sms_gateway_id": "notifications_gateway",
        "survey_id": "surveys_survey",
        "voicemail_audiofile_id": "surveys_audiofile",
    },
    "calendars_calendaruser": {},
    "calendars_calendaruserprofile": {
        "calendar_setting_id": "calendars_calendarsetting",
        "user_id": "calendars_calendaruser",
    },
    "calendars_closure": {"clinic_id": "accounts_clinic"},
    "calendars_event": {
        "calendar_id": "calendars_calendar",
        "contact_id": "contacts_contact",
        "creator_id": "calendars_calendaruser",
        "parent_event_id": "calendars_event",
    },
    "calendars_importedcomponent": {"event_id": "calendars_event", "source_id": "calendars_calendarimport"},
    "calendars_openinghours": {"clinic_id": "accounts_clinic"},
}
# What scans across organizations read and write.
SYSTEM_RIGHTS = {
    "calendars_alarm": "SELECT, INSERT, UPDATE",
    "calendars_alarmrequest": "SELECT, INSERT, UPDATE",
    "calendars_calendar": "SELECT",
    "calendars_calendarfeed": "SELECT",
    "calendars_calendarsetting": "SELECT",
    "calendars_calendaruserprofile": "SELECT",
    "calendars_closure": "SELECT",
    "calendars_event": "SELECT, INSERT, UPDATE",
    "calendars_openinghours": "SELECT",
    "calendars_rule": "SELECT",
}


class Migration(migrations.Migration):
    dependencies = [("calendars", "0001_initial"), ("surveys", "0002_wall")]

    operations = [wall(REFERENCES, SYSTEM_RIGHTS)]
