"""Our clinic, whose members send the requests, and theirs, with a canary word in each of its texts."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from django.apps import apps
from django.db import connection, models, transaction

from accounts import tenancy, wall
from accounts.models import AuditEntry, PlatformEntry, RateCounter, User, Via
from config.kernel.crypto import EncryptedJSONField
from notifications.models import Attempt, Gateway
from notifications.services.call_intents import hash_of
from simulator.models import CarrierAccount, CarrierFaults, CarrierMessage, CarrierPost
from surveys.models import AudioFile
from tests import admin_rows, factories, routes
from tests.authorization.requesters import Requester, requesters
from tests.factories import NOW

CANARY = "zebrafish"
# In secrets, which not even their own members may read.
SECRET = "hagfish"
HOOK, TOKEN = "their-hook-00000000", "their-token-00000000"

# Text columns without a canary, and why.
WITHOUT_CANARY = {
    "time_zone": "code computes with it",
    "region": "two letters of a country",
    "country": "two letters of a country",
    "recurrence": "code computes with it",
    "recurrence_id": "the database checks it against the parent",
    "password": "a hash",
    "confirm_key": "a single key of a phone",
    "secret_hash": "a hash that a key is found by",
    "hash": "the database computes it",
    "hook_hash": "a hash that a gateway is found by",
    "token_hash": "a hash that an attempt is found by",
    "scopes": "a list of known words",
    "colour": "six digits",
    "second_factor_roles": "a list of known words",
}


@dataclass
class TwoClinics:
    """Two clinics with rows of every model, and the requesters of ours."""

    ours: factories.World
    theirs: factories.World
    requesters: dict[str, Requester]

    def __getitem__(self, name):
        return self.requesters[name]


def made():
    """Make both clinics; their rows are more than ours, so that a count tells them apart."""
    ours, theirs = factories.world("Riverside"), factories.world("Lakeside", region="FR", language="fr")
    admin_rows.create_rows(ours, "ours")
    for number in range(2):
        admin_rows.create_rows(theirs, f"theirs{number}", hours=3 + number)
    _whole_trail(theirs)
    _platform()
    with transaction.atomic():
        write_canaries(theirs.organization.pk)
        _secrets(theirs)
    routes.row_of(routes.named("mfa_edit_webauthn"), theirs)
    AudioFile.objects.unscoped().update(content=b"RIFF")
    AudioFile.objects.unscoped().filter(organization=ours.organization).update(media_type="audio/wav")
    return TwoClinics(ours, theirs, requesters(ours))


def tenants():
    """Return all tenant models."""
    return [model for model in apps.get_models() if wall.is_tenant(model)]


def texts(model):
    """Return the columns of a model that hold words of people."""
    kinds = (models.CharField, models.TextField, models.JSONField)
    return [
        field
        for field in model._meta.local_concrete_fields
        if isinstance(field, kinds)
        and not field.choices
        and not isinstance(field, EncryptedJSONField)
        and field.name not in WITHOUT_CANARY
    ]


def write_canaries(organization_id):
    """Write the canary into every text of an organization, its people and its rows."""
    members = "id IN (SELECT user_id FROM accounts_membership WHERE organization_id = %s)"
    _write_canaries(User, members, organization_id)
    _write_canaries(apps.get_model("accounts.Organization"), "id = %s", organization_id)
    for model in tenants():
        if model is not AuditEntry:
            _write_canaries(model, "organization_id = %s", organization_id)


def _write_canaries(model, where, organization_id):
    columns = [f"{field.column} = {_canary(field)}" for field in texts(model)]
    if columns:
        with connection.cursor() as cursor:
            table = model._meta.db_table
            cursor.execute(f"UPDATE {table} SET {', '.join(columns)} WHERE {where}", [organization_id])


def _canary(field):
    if isinstance(field, models.JSONField):
        return f"""'{{"{CANARY}": "{CANARY}"}}'"""
    is_short = field.max_length and field.max_length < len(CANARY) + 8
    return f"left('{CANARY}' || id %% {10 if is_short else 10**6}, {field.max_length or 100})"


def _whole_trail(world):
    """Create the audit entry with its canaries, as it cannot be changed later."""
    words = dict.fromkeys(("identity", "name", "address", "agent", "action", "kind", "object_id"), CANARY)
    with tenancy.tenant(world.organization.pk):
        AuditEntry.objects.create(via=Via.SESSION, changed=[CANARY], facts={"reason": CANARY}, **words)


def _platform():
    """Create the rows that only platform administrators see."""
    RateCounter.objects.create(
        kind=RateCounter.Purpose.SPENT, hash=CANARY, taken=1, started_at=NOW, ends_at=NOW + timedelta(hours=1)
    )
    PlatformEntry.objects.create(via=Via.COMMAND, name=CANARY, action=CANARY)
    CarrierAccount.objects.create(access_key=CANARY)
    CarrierMessage.objects.create(public_id=CANARY, channel="sms", direction="outbound", text=CANARY)
    CarrierPost.objects.create(url=CANARY, body=CANARY)
    CarrierFaults.objects.create()


def _secrets(world):
    with tenancy.tenant(world.organization.pk):
        kept = {name: f"{SECRET} {name}" for name in ("access_key", "secret_key", "username", "password")}
        for gateway in Gateway.objects.all():
            gateway.secrets = {**kept, "hook": HOOK}
            gateway.save(update_fields=["secrets"])
        Gateway.objects.filter(pk=world.sms_gateway.pk).update(hook_hash=hash_of(HOOK))
        Attempt.objects.filter(pk=Attempt.objects.earliest("pk").pk).update(token_hash=hash_of(TOKEN))


@cache
def _tables():
    """Return the tables with rows of organizations, and of people, as the catalogue names them."""
    found = {}
    with connection.cursor() as cursor:
        for column in ("user_id", "organization_id"):
            cursor.execute(
                "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = %s "
                "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY 1",
                [column],
            )
            found |= {name: column for (name,) in cursor.fetchall()}
    return found


def row_hashes(organization_id):
    """Return for each table a hash over all rows of an organization and of its people, computed behind the wall."""
    people = "(SELECT user_id FROM accounts_membership WHERE organization_id = %s)"
    where = {name: f"user_id IN {people}" for name, column in _tables().items() if column == "user_id"}
    where |= {name: "organization_id = %s" for name, column in _tables().items() if column == "organization_id"}
    where |= {"accounts_user": f"id IN {people}", "accounts_organization": "id = %s"}
    parts = [
        f"SELECT '{name}', md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {name} t WHERE {condition}"
        for name, condition in where.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), [organization_id] * len(parts))
        return dict(cursor.fetchall())


def changed_tables(before, organization_id):
    """Name the tables in which rows of an organization changed."""
    after = row_hashes(organization_id)
    return sorted(f"{name} changed" for name in before.keys() | after.keys() if before.get(name) != after.get(name))


@cache
def _crossings():
    """Return for each relation between tenant tables, and to people, the SQL of a row that crosses the wall."""
    found = {}
    for model in tenants():
        for field in model._meta.local_fields:
            if field in wall.relations(model):
                other = field.related_model._meta.db_table
                sql = f"JOIN {other} b ON b.id = a.{field.column} WHERE a.organization_id <> b.organization_id"
            elif field.is_relation and field.related_model is User:
                sql = f"WHERE a.{field.column} IS NOT NULL AND NOT EXISTS ({_MEMBER} AND m.user_id = a.{field.column})"
            else:
                continue
            found[f"{model.__name__}.{field.name}"] = f"FROM {model._meta.db_table} a {sql}"
    return found


_MEMBER = "SELECT FROM accounts_membership m WHERE m.organization_id = a.organization_id"


def tables_shown(ours, theirs):
    """Name the tables that show their rows to a statement of ours, past Django."""
    parts = [
        f"SELECT '{model.__name__}' WHERE EXISTS (SELECT FROM {model._meta.db_table} WHERE organization_id = %s)"
        for model in tenants()
    ]
    with tenancy.tenant(ours), connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), [theirs] * len(parts))
        return sorted(f"{name} is open" for (name,) in cursor.fetchall())


def crossing_rows():
    """Name the relations by which a row refers to a row of another organization."""
    parts = [f"SELECT '{name}' WHERE EXISTS (SELECT {sql})" for name, sql in _crossings().items()]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return sorted(f"{name} crosses the wall" for (name,) in cursor.fetchall())
