"""What the wall's composite keys check already is checked once; a unique key is the organization's index."""

import django.db.models.deletion
from django.db import migrations, models

import accounts.tenancy


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0013_public_holidays"),
        ("calendars", "0009_closures"),
        ("contacts", "0004_row_security"),
        ("notifications", "0007_row_security"),
        ("surveys", "0004_keep_whole_surveys"),
    ]

    operations = [
        migrations.AlterField(
            model_name="alarm",
            name="event",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="alarms",
                to="calendars.event",
            ),
        ),
        migrations.AlterField(
            model_name="alarm",
            name="mail_template",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="notifications.mailtemplate",
            ),
        ),
        migrations.AlterField(
            model_name="alarm",
            name="organization",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                default=accounts.tenancy.current_id,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="accounts.organization",
            ),
        ),
        migrations.AlterField(
            model_name="alarm",
            name="parent_alarm",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="calendars.alarm",
            ),
        ),
        migrations.AlterField(
            model_name="alarm",
            name="sms_template",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="notifications.smstemplate",
            ),
        ),
        migrations.AlterField(
            model_name="alarm",
            name="survey",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="surveys.survey",
            ),
        ),
        migrations.AlterField(
            model_name="event",
            name="calendar",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="events",
                to="calendars.calendar",
            ),
        ),
        migrations.AlterField(
            model_name="event",
            name="contact",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="contacts.contact",
            ),
        ),
        migrations.AlterField(
            model_name="event",
            name="creator",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="calendars.calendaruser",
            ),
        ),
        migrations.AlterField(
            model_name="event",
            name="organization",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                default=accounts.tenancy.current_id,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="accounts.organization",
            ),
        ),
        migrations.AlterField(
            model_name="event",
            name="parent_event",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="children",
                to="calendars.event",
            ),
        ),
    ]
