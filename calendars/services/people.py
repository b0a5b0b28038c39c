"""Calendar users."""

from typing import Any

from django.db import transaction

from accounts.models import User
from calendars.errors import NoSetting, UsernameTaken
from calendars.models import CalendarSetting, CalendarUser, CalendarUserProfile


@transaction.atomic
def create_user(
    *, username: str, password: str, manager: User, calendar_setting: CalendarSetting | None = None, **fields: Any
) -> CalendarUser:
    """Make a calendar user with a profile; without a setting it gets the organization's first one.

    Raises `NoSetting` and `UsernameTaken`.
    """
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
