"""Sign-in sessions: start, second factor, end."""

from datetime import datetime
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.sessions.models import Session
from django.http import HttpRequest

from config.kernel.clock import DatabaseNow

# What stands in a session: when it began and was last used, and whose second factor was set up in it.
STARTED_AT, LAST_USED_AT, FACTOR_SET_UP_BY = "begun_at", "seen_at", "second_factor_of"


def delete_expired() -> None:
    """Delete expired sessions and their records."""
    Session.objects.filter(expire_date__lte=DatabaseNow()).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()


def end_all(user_id: int, *, but: str | None = None) -> None:
    """Sign a person out everywhere, `but` in the session of that key."""
    for row in UserSession.objects.filter(user_id=user_id).exclude(session_key=but or ""):
        row.end()


def start(request: HttpRequest, now: datetime) -> None:
    """Start a session's idle and total time at a sign-in."""
    request.session.update({STARTED_AT: int(now.timestamp()), LAST_USED_AT: int(now.timestamp())})


def note_factor_set_up(request: HttpRequest, user: AbstractBaseUser) -> None:
    """Record in the session that a second factor was set up in it, and end the user's other sessions."""
    request.session[FACTOR_SET_UP_BY] = user.pk
    end_all(user.pk, but=request.session.session_key)


def has_shown_factor(request: HttpRequest, user: Any) -> bool:
    """Return whether a second factor was shown, or set up, in this session."""
    shown = any(record.get("method") == "mfa" for record in get_authentication_records(request, user))
    return shown or request.session.get(FACTOR_SET_UP_BY) == user.pk
