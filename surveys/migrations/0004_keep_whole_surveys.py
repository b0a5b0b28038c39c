"""Voice applications whole: what people edit, what is sealed, calls and their results."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import accounts.tenancy
import config.kernel.clock
import surveys.engine.states
from accounts.wall import Wall


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_row_security"),
        ("notifications", "0006_say_sms"),
        ("surveys", "0003_row_security"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="audiofile",
            name="content",
            field=models.BinaryField(null=True),
        ),
        migrations.AddField(
            model_name="audiofile",
            name="media_type",
            field=models.CharField(blank=True, editable=False, max_length=20),
        ),
        migrations.AddField(
            model_name="audiofile",
            name="size",
            field=models.PositiveIntegerField(default=0, editable=False, help_text="Bytes"),
        ),
        migrations.AddField(
            model_name="callrequest",
            name="aleg_gateway",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="notifications.gateway",
                verbose_name="voice gateway",
            ),
        ),
        migrations.AddField(
            model_name="callrequest",
            name="aleg_uuid",
            field=models.CharField(blank=True, max_length=120, null=True),
        ),
        migrations.AddField(
            model_name="callrequest",
            name="call_time",
            field=models.DateTimeField(db_default=config.kernel.clock.DatabaseNow()),
        ),
        migrations.AddField(
            model_name="callrequest",
            name="call_type",
            field=models.PositiveSmallIntegerField(
                choices=[(1, "Allow retry"), (2, "Cannot retry"), (3, "Retry done")],
                default=surveys.engine.states.CallType["ALLOW_RETRY"],
            ),
        ),
        migrations.AddField(
            model_name="callrequest",
            name="caller_name",
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AddField(
            model_name="callrequest",
            name="callerid",
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AddField(
            model_name="callrequest",
            name="completed",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="callrequest",
            name="extra_data",
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name="callrequest",
            name="hangup_cause",
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AddField(
            model_name="callrequest",
            name="last_attempt_time",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="callrequest",
            name="num_attempt",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="callrequest",
            name="parent_callrequest",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="surveys.callrequest",
            ),
        ),
        migrations.AddField(
            model_name="callrequest",
            name="result",
            field=models.CharField(blank=True, max_length=180),
        ),
        migrations.AddField(
            model_name="callrequest",
            name="status",
            field=models.PositiveSmallIntegerField(
                choices=[
                    (1, "Pending"),
                    (2, "Failure"),
                    (3, "Retry"),
                    (4, "Success"),
                    (5, "Abort"),
                    (6, "Pause"),
                    (7, "Calling"),
                ],
                default=surveys.engine.states.CallStatus["PENDING"],
            ),
        ),
        migrations.AddField(
            model_name="callrequest",
            name="survey",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="surveys.survey",
            ),
        ),
        migrations.AddField(
            model_name="callrequest",
            name="timelimit",
            field=models.PositiveIntegerField(default=3600, help_text="Seconds"),
        ),
        migrations.AddField(
            model_name="callrequest",
            name="timeout",
            field=models.PositiveIntegerField(default=30, help_text="Seconds"),
        ),
        migrations.AddField(
            model_name="callrequest",
            name="user",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AlterField(
            model_name="callrequest",
            name="phone_number",
            field=models.CharField(help_text="E.164", max_length=80),
        ),
        migrations.CreateModel(
            name="SectionTemplate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("order", models.PositiveIntegerField(default=1, help_text="The call begins at the lowest.")),
                (
                    "type",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (1, "Play message"),
                            (2, "Multi choice"),
                            (3, "Rating question"),
                            (4, "Capture digits"),
                            (5, "Record message"),
                            (6, "Call transfer"),
                            (7, "Hangup"),
                            (8, "Conference"),
                            (9, "DNC"),
                            (10, "SMS"),
                        ],
                        default=surveys.engine.states.SectionType["PLAY_MESSAGE"],
                    ),
                ),
                ("question", models.CharField(max_length=500)),
                (
                    "script",
                    models.CharField(
                        blank=True,
                        help_text="What is spoken; a new section speaks its question.",
                        max_length=1000,
                        null=True,
                    ),
                ),
                ("retries", models.PositiveSmallIntegerField(blank=True, default=0, null=True)),
                ("timeout", models.PositiveSmallIntegerField(blank=True, default=5, help_text="Seconds", null=True)),
                ("key_0", models.CharField(blank=True, max_length=100, null=True)),
                ("key_1", models.CharField(blank=True, max_length=100, null=True)),
                ("key_2", models.CharField(blank=True, max_length=100, null=True)),
                ("key_3", models.CharField(blank=True, max_length=100, null=True)),
                ("key_4", models.CharField(blank=True, max_length=100, null=True)),
                ("key_5", models.CharField(blank=True, max_length=100, null=True)),
                ("key_6", models.CharField(blank=True, max_length=100, null=True)),
                ("key_7", models.CharField(blank=True, max_length=100, null=True)),
                ("key_8", models.CharField(blank=True, max_length=100, null=True)),
                ("key_9", models.CharField(blank=True, max_length=100, null=True)),
                (
                    "rating_laps",
                    models.PositiveIntegerField(blank=True, default=9, help_text="The highest answer.", null=True),
                ),
                ("validate_number", models.BooleanField(default=True)),
                ("number_digits", models.PositiveSmallIntegerField(blank=True, default=2, null=True)),
                ("min_number", models.BigIntegerField(blank=True, default=0, null=True)),
                ("max_number", models.BigIntegerField(blank=True, default=99, null=True)),
                (
                    "phonenumber",
                    models.CharField(blank=True, help_text="E.164, of a call transfer.", max_length=50, null=True),
                ),
                ("confirm_script", models.CharField(blank=True, max_length=1000, null=True)),
                ("confirm_key", models.CharField(blank=True, max_length=1, null=True)),
                ("conference", models.CharField(blank=True, max_length=50, null=True)),
                ("sms_text", models.CharField(blank=True, max_length=200, null=True)),
                (
                    "completed",
                    models.BooleanField(default=False, help_text="Whoever came here has answered the whole survey."),
                ),
                (
                    "audiofile",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="surveys.audiofile",
                    ),
                ),
                (
                    "invalid_audiofile",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="surveys.audiofile",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        default=accounts.tenancy.current_id,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
            ],
            options={
                "ordering": ["survey", "order", "id"],
            },
        ),
        migrations.CreateModel(
            name="Section",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("order", models.PositiveIntegerField(default=1, help_text="The call begins at the lowest.")),
                (
                    "type",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (1, "Play message"),
                            (2, "Multi choice"),
                            (3, "Rating question"),
                            (4, "Capture digits"),
                            (5, "Record message"),
                            (6, "Call transfer"),
                            (7, "Hangup"),
                            (8, "Conference"),
                            (9, "DNC"),
                            (10, "SMS"),
                        ],
                        default=surveys.engine.states.SectionType["PLAY_MESSAGE"],
                    ),
                ),
                ("question", models.CharField(max_length=500)),
                (
                    "script",
                    models.CharField(
                        blank=True,
                        help_text="What is spoken; a new section speaks its question.",
                        max_length=1000,
                        null=True,
                    ),
                ),
                ("retries", models.PositiveSmallIntegerField(blank=True, default=0, null=True)),
                ("timeout", models.PositiveSmallIntegerField(blank=True, default=5, help_text="Seconds", null=True)),
                ("key_0", models.CharField(blank=True, max_length=100, null=True)),
                ("key_1", models.CharField(blank=True, max_length=100, null=True)),
                ("key_2", models.CharField(blank=True, max_length=100, null=True)),
                ("key_3", models.CharField(blank=True, max_length=100, null=True)),
                ("key_4", models.CharField(blank=True, max_length=100, null=True)),
                ("key_5", models.CharField(blank=True, max_length=100, null=True)),
                ("key_6", models.CharField(blank=True, max_length=100, null=True)),
                ("key_7", models.CharField(blank=True, max_length=100, null=True)),
                ("key_8", models.CharField(blank=True, max_length=100, null=True)),
                ("key_9", models.CharField(blank=True, max_length=100, null=True)),
                (
                    "rating_laps",
                    models.PositiveIntegerField(blank=True, default=9, help_text="The highest answer.", null=True),
                ),
                ("validate_number", models.BooleanField(default=True)),
                ("number_digits", models.PositiveSmallIntegerField(blank=True, default=2, null=True)),
                ("min_number", models.BigIntegerField(blank=True, default=0, null=True)),
                ("max_number", models.BigIntegerField(blank=True, default=99, null=True)),
                (
                    "phonenumber",
                    models.CharField(blank=True, help_text="E.164, of a call transfer.", max_length=50, null=True),
                ),
                ("confirm_script", models.CharField(blank=True, max_length=1000, null=True)),
                ("confirm_key", models.CharField(blank=True, max_length=1, null=True)),
                ("conference", models.CharField(blank=True, max_length=50, null=True)),
                ("sms_text", models.CharField(blank=True, max_length=200, null=True)),
                (
                    "completed",
                    models.BooleanField(default=False, help_text="Whoever came here has answered the whole survey."),
                ),
                (
                    "audiofile",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="surveys.audiofile",
                    ),
                ),
                (
                    "invalid_audiofile",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="surveys.audiofile",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        default=accounts.tenancy.current_id,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
                (
                    "survey",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="sections", to="surveys.survey"
                    ),
                ),
                (
                    "section_template",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="surveys.sectiontemplate",
                    ),
                ),
            ],
            options={
                "verbose_name": "sealed section",
                "ordering": ["survey", "order", "id"],
            },
        ),
        migrations.CreateModel(
            name="SurveyTemplate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=90)),
                ("tts_language", models.CharField(blank=True, default="en", max_length=10)),
                ("description", models.TextField(blank=True)),
                ("created_date", models.DateTimeField(db_default=config.kernel.clock.DatabaseNow(), editable=False)),
                ("updated_date", models.DateTimeField(db_default=config.kernel.clock.DatabaseNow(), editable=False)),
                (
                    "organization",
                    models.ForeignKey(
                        default=accounts.tenancy.current_id,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "survey",
                "ordering": ["name", "id"],
            },
        ),
        migrations.AddField(
            model_name="sectiontemplate",
            name="survey",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="sections", to="surveys.surveytemplate"
            ),
        ),
        migrations.AddField(
            model_name="survey",
            name="template",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="sealed",
                to="surveys.surveytemplate",
            ),
        ),
        migrations.CreateModel(
            name="Result",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("response", models.CharField(max_length=150)),
                ("record_file", models.CharField(blank=True, max_length=200)),
                ("recording_duration", models.PositiveIntegerField(default=0, help_text="Seconds")),
                ("created_date", models.DateTimeField(db_default=config.kernel.clock.DatabaseNow(), editable=False)),
                (
                    "callrequest",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="results", to="surveys.callrequest"
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        default=accounts.tenancy.current_id,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
                (
                    "section",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="results", to="surveys.section"
                    ),
                ),
            ],
            options={
                "verbose_name": "survey result",
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "callrequest", "section"), name="result_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Branching",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("keys", models.CharField(max_length=150)),
                (
                    "organization",
                    models.ForeignKey(
                        default=accounts.tenancy.current_id,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
                (
                    "goto",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="surveys.section",
                    ),
                ),
                (
                    "section",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="branchings", to="surveys.section"
                    ),
                ),
            ],
            options={
                "verbose_name": "sealed branching",
                "ordering": ["section", "keys", "id"],
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "section", "keys"), name="branching_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="BranchingTemplate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "keys",
                    models.CharField(
                        help_text="Digits, any, invalid or timeout; 0 after what is only played.", max_length=150
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        default=accounts.tenancy.current_id,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.organization",
                    ),
                ),
                (
                    "goto",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="surveys.sectiontemplate",
                    ),
                ),
                (
                    "section",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="branchings",
                        to="surveys.sectiontemplate",
                    ),
                ),
            ],
            options={
                "ordering": ["section", "keys", "id"],
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "section", "keys"), name="branching_template_once")
                ],
            },
        ),
        Wall("surveys"),
    ]
