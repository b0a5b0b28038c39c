"""Contacts of the older contact service: all their fields, postal addresses, and types."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from accounts.migrations._tracking import track
from accounts.migrations._wall import wall

# A contact's addresses are told with it, as its phones are.
PARTS = """
CREATE TRIGGER part_added AFTER INSERT ON contacts_contactaddress REFERENCING NEW TABLE AS part
    FOR EACH STATEMENT EXECUTE FUNCTION contacts_part_changed();
CREATE TRIGGER part_changed AFTER UPDATE ON contacts_contactaddress REFERENCING NEW TABLE AS part
    FOR EACH STATEMENT EXECUTE FUNCTION contacts_part_changed();
CREATE TRIGGER part_deleted AFTER DELETE ON contacts_contactaddress REFERENCING OLD TABLE AS part
    FOR EACH STATEMENT EXECUTE FUNCTION contacts_part_changed();
"""
OF_TYPE = """
ALTER TABLE contacts_contact ADD CONSTRAINT contacts_contact_contact_type_id_own
    FOREIGN KEY (organization_id, contact_type_id) REFERENCES contacts_contacttype (organization_id, id)
    DEFERRABLE INITIALLY DEFERRED
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_tracking"),
        ("contacts", "0004_partial_change_index"),
    ]

    operations = [
        migrations.CreateModel(
            name="GlobalContactType",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("name", models.CharField(max_length=128)),
            ],
        ),
        migrations.AddField(
            model_name="contact",
            name="company",
            field=models.CharField(blank=True, db_default="", default="", max_length=100),
        ),
        migrations.AddField(
            model_name="contact",
            name="core_user_uuid",
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="contact",
            name="customer_id",
            field=models.IntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="contact",
            name="customer_type",
            field=models.CharField(blank=True, db_default="", default="", max_length=30),
        ),
        migrations.AddField(
            model_name="contact",
            name="middle_name",
            field=models.CharField(blank=True, db_default="", default="", max_length=50),
        ),
        migrations.AddField(
            model_name="contact",
            name="notes",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="contact",
            name="siteprofile_uuids",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.UUIDField(), blank=True, null=True, size=None
            ),
        ),
        migrations.AddField(
            model_name="contact",
            name="suffix",
            field=models.CharField(blank=True, db_default="", default="", max_length=50),
        ),
        migrations.AddField(
            model_name="contact",
            name="title",
            field=models.CharField(blank=True, db_default="", default="", max_length=16),
        ),
        migrations.AddField(
            model_name="contact",
            name="workflowlevel1_uuids",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=36), blank=True, db_default=[], default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="contact",
            name="workflowlevel2_uuids",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=36), blank=True, null=True, size=None
            ),
        ),
        migrations.AddField(
            model_name="contactemail",
            name="kind",
            field=models.CharField(blank=True, db_default="", default="", max_length=10),
        ),
        migrations.AddField(
            model_name="contactphone",
            name="kind",
            field=models.CharField(blank=True, db_default="", default="", max_length=10),
        ),
        migrations.CreateModel(
            name="ContactAddress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
                ("kind", models.CharField(blank=True, max_length=10)),
                ("street", models.CharField(blank=True, max_length=100)),
                ("house_number", models.CharField(blank=True, max_length=20)),
                ("postal_code", models.CharField(blank=True, max_length=20)),
                ("city", models.CharField(blank=True, max_length=85)),
                ("country", models.CharField(blank=True, max_length=50)),
                ("position", models.PositiveSmallIntegerField(default=0)),
                (
                    "contact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="addresses", to="contacts.contact"
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.organization"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ContactType",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_default=models.Func(
                            function="punctual_now", output_field=models.DateTimeField(), template="%(function)s()"
                        )
                    ),
                ),
                (
                    "updated_in",
                    models.BigIntegerField(
                        db_default=models.Func(
                            function="punctual_transaction",
                            output_field=models.BigIntegerField(),
                            template="%(function)s()",
                        )
                    ),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4)),
                ("name", models.CharField(max_length=128)),
                ("is_global", models.BooleanField(default=False)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.organization"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="contact",
            name="contact_type",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="contacts",
                to="contacts.contacttype",
            ),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                condition=models.Q(("updated_in__gte", 0)),
                fields=["organization", "first_name", "id"],
                name="contact_by_first_name",
            ),
        ),
        migrations.AddConstraint(
            model_name="contact",
            constraint=models.UniqueConstraint(
                condition=models.Q(("customer_id__isnull", False)),
                fields=("organization", "customer_id"),
                name="contact_customer_id",
            ),
        ),
        migrations.AddIndex(
            model_name="contacttype",
            index=models.Index(
                condition=models.Q(("updated_in__gte", 0)),
                fields=["organization", "updated_in"],
                name="contact_type_updated",
            ),
        ),
        migrations.AddConstraint(
            model_name="contacttype",
            constraint=models.UniqueConstraint(fields=("organization", "uuid"), name="contact_type_uuid"),
        ),
        wall({"contacts_contactaddress": {"contact_id": "contacts_contact"}, "contacts_contacttype": {}}, {}),
        migrations.RunSQL(OF_TYPE, migrations.RunSQL.noop),
        track("contacts_contacttype"),
        migrations.RunSQL(PARTS, migrations.RunSQL.noop),
    ]
