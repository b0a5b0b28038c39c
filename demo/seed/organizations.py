"""Make the demo's organizations and what a reminder needs; rows that exist stay."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from psycopg2 import sql

from accounts import tenancy
from accounts.engine.roles import Role
from accounts.models import ApiKey, AuditEntry, Clinic, Membership, Organization, User
from accounts.services import keys, support
from accounts.tenancy import TenantOwned
from calendars.models import Calendar, CalendarSetting
from calendars.services import calendar_users as calendar_people
from contacts.models import Contact
from contacts.services import contacts
from demo.seed import survey
from demo.seed.content import DemoClinic
from notifications.models import Gateway, MailTemplate, SMSTemplate
from notifications.services import gateways

KEY = "reminder"
READABLE = "abcdefghijkmnpqrstuvwxyz23456789"
ROLES = (Role.OWNER, Role.STAFF, Role.VIEWER)
Known = dict[str, Any]


@dataclass(frozen=True)
class SeededClinic:
    """A clinic of the demo, ready for visits; `login` is its entry in demo.json."""

    facts: DemoClinic
    organization: Organization
    calendar: Calendar
    sms_gateway: Gateway
    login: Known


def admin(known: Known) -> Known:
    """Return username and password of the platform's administrator; a known password that still fits is kept."""
    user, _ = User.objects.get_or_create(username="admin", defaults={"is_staff": True, "is_superuser": True})
    return {"username": user.username, "password": _password([user], known.get("password", ""))}


def attend(clinics: list[SeededClinic], *, now: datetime) -> None:
    """Let the platform's administrator work for each clinic for hours from this start on."""
    user = User.objects.get(username="admin")
    for earlier in support.current_accesses(user, now=now):
        support.end_access(earlier, now=now)
    for clinic in clinics:
        reason = "The demo shows what support may see and do."
        support.open_access(clinic.organization, person=user, reason=reason, hours=support.LONGEST, now=now)


def seed_clinic(facts: DemoClinic, known: Known, *, now: datetime) -> SeededClinic:
    """Make a clinic with people, key, gateways, texts, calendar and patients, or complete it."""
    organization, _ = Organization.objects.get_or_create(
        name=facts.name,
        defaults={"region": facts.region, "time_zone": facts.time_zone, "language": facts.language},
    )
    with tenancy.tenant(organization.pk):
        users = _users(facts, organization)
        password = _password(users, known.get("password", ""))
        login = {
            "name": organization.name,
            "organization_uuid": str(organization.uuid),
            "username": users[0].username,
            "password": password,
            "api_key": _key(organization, users[0], known.get("api_key", ""), now=now),
        }
        sms, calendar = _desk(facts, users[0])
        _texts(facts)
        _patients(facts)
    return SeededClinic(facts, organization, calendar, sms, login)


@transaction.atomic
def remove(facts: DemoClinic) -> None:
    """Delete a demo clinic with everything that belongs to it."""
    for organization in Organization.objects.filter(name=facts.name):
        with connection.cursor() as cursor:
            # Foreign keys are checked when the transaction ends, so that the order does not matter.
            for model in filter(_goes, apps.get_models()):
                table = sql.Identifier(model._meta.db_table)
                command = sql.SQL("DELETE FROM {} WHERE organization_id = %s").format(table)
                cursor.execute(command, [organization.pk])
            cursor.execute("DELETE FROM accounts_organization WHERE id = %s", [organization.pk])
    User.objects.filter(username__in=[f"{facts.slug}-{role}" for role in ROLES]).delete()


def _goes(model: type[Any]) -> bool:
    """Return whether a table loses a removed clinic's rows; an audit trail loses none."""
    return issubclass(model, TenantOwned) and model is not AuditEntry


def _users(facts: DemoClinic, organization: Organization) -> list[User]:
    users = []
    for role in ROLES:
        user, _ = User.objects.get_or_create(username=f"{facts.slug}-{role}", defaults={"is_staff": True})
        Membership.objects.get_or_create(organization=organization, user=user, defaults={"role": role})
        users.append(user)
    return users


def _password(users: list[User], known: str) -> str:
    """Return the password that all have: the known one where it fits, else a new one."""
    # Without signs and letters that are hard to read or to select.
    password = known or "".join(secrets.choice(READABLE) for _ in range(12))
    for user in users:
        if not user.has_usable_password() or not user.check_password(password):
            user.set_password(password)
            user.save(update_fields=["password"])
    return password


def _key(organization: Organization, owner: User, known: str, *, now: datetime) -> str:
    found = keys.find(known, now=now) if known else None
    if found and found.organization_id == organization.pk:
        return known
    for stale in ApiKey.objects.filter(name="Demo"):
        keys.revoke(stale, now=now)
    return keys.create(organization.pk, name="Demo", role=Role.OWNER, created_by=owner)[1]


def _desk(facts: DemoClinic, owner: User) -> tuple[Gateway, Calendar]:
    sms = _gateway("Text messages", "sms", "flowroute", facts.sender, f"{settings.PUBLIC_URL}/simulator/flowroute")
    sender = f"hello@{facts.slug}.example"
    mail = _gateway("E-mail", "email", "smtp", sender, f"smtp://127.0.0.1:{settings.SIMULATOR_SMTP_PORT}")
    voice = _gateway("Calls", "voice", "", facts.sender, "")
    clinic, _ = Clinic.objects.get_or_create(
        number=1,
        defaults={
            "name": facts.name,
            "time_zone": facts.time_zone,
            "address": facts.address,
            "phone": facts.phone,
            "is_default": True,
        },
    )
    setting, _ = CalendarSetting.objects.get_or_create(
        label=facts.name,
        defaults={
            "user": owner,
            "survey": survey.ensure(facts.name, owner=owner),
            "aleg_gateway": voice,
            "sms_gateway": sms,
            "mail_gateway": mail,
        },
    )
    calendar = Calendar.objects.filter(name=facts.calendar).select_related("user", "clinic").first()
    return sms, calendar or _calendar(facts, owner, setting, clinic)


def _calendar(facts: DemoClinic, owner: User, setting: CalendarSetting, clinic: Clinic) -> Calendar:
    first_name, last_name = facts.doctor
    doctor = calendar_people.create_user(
        username=f"dr-{last_name.lower()}",
        password=secrets.token_urlsafe(9),
        manager=owner,
        calendar_setting=setting,
        first_name=first_name,
        last_name=last_name,
    )
    return Calendar.objects.create(name=facts.calendar, user=doctor, clinic=clinic)


def _gateway(name: str, channel: str, driver: str, sender: str, base_url: str) -> Gateway:
    """Return a gateway that points to where the simulator is now: its port may be another than last time."""
    gateway, made = Gateway.objects.get_or_create(
        name=name, defaults={"channel": channel, "driver": driver, "sender": sender, "rate_per_second": 20}
    )
    if made and channel == "sms":
        gateways.set_credentials(gateway, access_key=secrets.token_hex(8), secret_key=secrets.token_urlsafe(24))
    gateway.base_url, gateway.open_until, gateway.failures = base_url, None, 0
    gateway.save(update_fields=["base_url", "open_until", "failures"])
    return gateway


def _texts(facts: DemoClinic) -> None:
    SMSTemplate.objects.get_or_create(template_key=KEY, defaults={"label": "Reminder", "sms_text": facts.sms_text})
    MailTemplate.objects.get_or_create(
        template_key=KEY,
        defaults={"label": "Reminder", "subject": facts.mail_subject, "message_plaintext": facts.mail_text},
    )


def _patients(facts: DemoClinic) -> None:
    known = set(Contact.objects.values_list("external_id", flat=True))
    for number, patient in enumerate(facts.patients, start=1):
        external_id = f"demo-{number}"
        if external_id not in known:
            contacts.create(
                first_name=patient.first_name,
                last_name=patient.last_name,
                phones=[patient.phone],
                emails=[patient.email] if patient.email else [],
                language=patient.language,
                external_id=external_id,
            )
