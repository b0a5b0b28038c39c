"""Calendar users."""

from datetime import datetime
from typing import Unpack

from django.db import transaction
from django.db.models import Q

from accounts import tenancy
from accounts.models import User
from calendars.errors import NoSetting, UsernameTaken
from calendars.models import CalendarSetting, CalendarUser, CalendarUserProfile, Event
from calendars.services import event_edit_routing
from calendars.services.field_types import CalendarUserChange, CalendarUserFields
from config.kernel import shapes


@transaction.atomic
def create_user(
    *,
    username: str,
    password: str,
    manager: User,
    calendar_setting: CalendarSetting | None = None,
    **fields: Unpack[CalendarUserFields],
) -> CalendarUser:
    """Make a calendar user with a profile; without a setting it gets the organization's first one.

    Raises `NoSetting` and `UsernameTaken`.
    """
    shapes.check(fields, CalendarUserFields)
    setting = calendar_setting or CalendarSetting.objects.order_by("pk").first()
    if setting is None:
        raise NoSetting(field="calendar_setting")
    if CalendarUser.objects.filter(username=username).exists():
        raise UsernameTaken(field="username")
    user = CalendarUser(username=username, **fields)
    user.set_password(password)
    user.save()
    CalendarUserProfile.objects.create(user=user, manager=manager, calendar_setting=setting)
    return user


@tenancy.of_row
def change_user(user: CalendarUser, *, password: str = "", **fields: Unpack[CalendarUserChange]) -> CalendarUser:
    """Change a calendar user; an empty password stays as it is. Raises `UsernameTaken`."""
    shapes.check(fields, CalendarUserChange)
    others = CalendarUser.objects.exclude(pk=user.pk)
    if others.filter(username=fields.get("username", user.username)).exists():
        raise UsernameTaken(field="username")
    for name, value in fields.items():
        setattr(user, name, value)
    if password:
        user.set_password(password)
    user.save(update_fields=[*fields, *(["password"] if password else [])])
    return user


@tenancy.of_row
def delete_user(user: CalendarUser, *, now: datetime) -> None:
    """Remove a calendar user with its calendars and events, one by one, so that their messages are taken back."""
    own = Event.objects.filter(Q(creator=user) | Q(calendar__user=user), parent_event=None)
    for event in own.order_by("pk"):
        event_edit_routing.delete_whole(event, now=now)
    user.delete()
