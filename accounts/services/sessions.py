"""The sessions of a person: how each came about, and their end."""

from datetime import datetime
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.sessions.models import Session
from django.http import HttpRequest

from config.kernel.clock import DatabaseNow

# What stands in a session: when it began and was last used, and whose second factor was set up in it.
BEGUN, SEEN, SET_UP = "begun_at", "seen_at", "second_factor_of"


def forget() -> None:
    """Delete the sessions whose time is over, and what was kept about them."""
    Session.objects.filter(expire_date__lte=DatabaseNow()).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()


def end_all(user_id: int, *, but: str | None = None) -> None:
    """Sign a person out everywhere, `but` in the session of that key."""
    for row in UserSession.objects.filter(user_id=user_id).exclude(session_key=but or ""):
        row.end()


def begin(request: HttpRequest, now: datetime) -> None:
    """Let the time of a session count from a sign-in."""
    request.session.update({BEGUN: int(now.timestamp()), SEEN: int(now.timestamp())})


def note_set_up(request: HttpRequest, user: AbstractBaseUser) -> None:
    """Remember that a second factor was set up in this session; sessions from before it are over."""
    request.session[SET_UP] = user.pk
    end_all(user.pk, but=request.session.session_key)


def has_passed(request: HttpRequest, user: Any) -> bool:
    """Say whether a second factor was shown, or set up, in this session."""
    shown = any(record.get("method") == "mfa" for record in get_authentication_records(request, user))
    return shown or request.session.get(SET_UP) == user.pk
