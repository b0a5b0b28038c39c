"""The wall around the tenant tables."""

from django.db import migrations

from accounts.migrations._wall import wall

REFERENCES = {
    "surveys_audiofile": {},
    "surveys_branching": {"goto_id": "surveys_section", "section_id": "surveys_section"},
    "surveys_branchingtemplate": {
        "goto_id": "surveys_sectiontemplate",
        "section_id": "surveys_sectiontemplate",
    },
    "surveys_callrequest": {
        "aleg_gateway_id": "notifications_gateway",
        "parent_callrequest_id": "surveys_callrequest",
        "survey_id": "surveys_survey",
    },
    "surveys_result": {"callrequest_id": "surveys_callrequest", "section_id": "surveys_section"},
    "surveys_section": {
        "audiofile_id": "surveys_audiofile",
        "invalid_audiofile_id": "surveys_audiofile",
        "section_template_id": "surveys_sectiontemplate",
        "survey_id": "surveys_survey",
    },
    "surveys_sectiontemplate": {
        "audiofile_id": "surveys_audiofile",
        "invalid_audiofile_id": "surveys_audiofile",
        "survey_id": "surveys_surveytemplate",
    },
    "surveys_survey": {"template_id": "surveys_surveytemplate"},
    "surveys_surveytemplate": {},
}
# What scans across organizations read and write.
SYSTEM_RIGHTS = {}


class Migration(migrations.Migration):
    dependencies = [("surveys", "0001_initial"), ("notifications", "0002_wall")]

    operations = [wall(REFERENCES, SYSTEM_RIGHTS)]
