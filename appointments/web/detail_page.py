"""Pages of one row of the desk: what it is, and forms that change it as far as its series goes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from accounts import principal
from accounts.engine.roles import READ, WRITE, Area
from appointments.errors import SlotTaken
from appointments.web.taken_time_form import TakenTimeForm
from calendars.engine.states import Reach
from calendars.errors import ChangedMeanwhile
from config.kernel import clock
from config.kernel.api.error_responses import STATUS
from config.kernel.errors import Conflict, Invalid, Outdated, PunctualError

UNKNOWN = _("No form of this page asks for that; nothing was changed.")


@dataclass(frozen=True)
class Edit:
    """How far a form reaches, the version that its page showed, and when it was sent; as services take it."""

    seen: str
    now: datetime
    reach: Reach

    @property
    def how(self) -> dict[str, Any]:
        """Return it as parameters of a service; raise `ChangedMeanwhile` for what is no version."""
        if not self.seen.isdecimal():
            raise ChangedMeanwhile
        return {"now": self.now, "reach": self.reach, "version": int(self.seen)}


@dataclass(frozen=True)
class RowPage:
    """A page of one row: how the row is found and shown, and for each form how it is made and executed.

    `find` returns nothing for what is not there; the function of a form returns the message that the person sees.
    """

    template: str
    find: Callable[[int], Any]
    show: Callable[[Any, datetime], Any]
    verbs: Mapping[str, tuple[Callable[..., Any], Callable[[Any, Any, Edit], str]]]

    def row(self, pk: int) -> Any:
        """Return a row; raise `Http404`."""
        row = self.find(pk)
        if row is None:
            raise Http404
        return row


@dataclass
class Refusal:
    """Why a form was not followed, and what was typed into it."""

    verb: str = ""
    form: Any = None
    error: str = ""
    seen: str | None = None
    status: int = 400


def serve(request: HttpRequest, pk: int, page: RowPage) -> HttpResponse:
    """Show a row, and change it for those who may."""
    found, posts = principal.require(request), request.method == "POST"
    if not found.may(Area.DESK, WRITE if posts else READ):
        raise PermissionDenied
    row, now = page.row(pk), clock.now()
    if not posts:
        return _page(request, row, page, now)
    answer = _carry_out(request, row, page, now)
    # It is read again: what is shown is what it is now.
    return _page(request, page.row(pk), page, now, answer) if isinstance(answer, Refusal) else answer


def words_of(error: PunctualError, form: Any) -> str:
    """Put what the domain says beside its field, else return it for the head of the form."""
    if isinstance(error, Outdated):
        return ""
    field = getattr(form, "aliases", {}).get(error.field, error.field)
    if field in form.fields:
        form.add_error(field, error.message)
        return ""
    return error.message


def status_of(error: PunctualError) -> int:
    """Return the HTTP status of an error's family."""
    return next(number for family, number in STATUS.items() if isinstance(error, family))


def _carry_out(request: HttpRequest, row: Any, page: RowPage, now: datetime) -> HttpResponse | Refusal:
    verb, seen = request.POST.get("do", ""), request.POST.get("seen", "")
    if verb not in page.verbs:
        return Refusal(error=str(UNKNOWN))
    make, carry_out = page.verbs[verb]
    form = make(page.show(row, now), request.POST)
    if not form.is_valid():
        return Refusal(verb, form, seen=seen)
    try:
        messages.success(request, carry_out(row, form, Edit(seen=seen, now=now, reach=form.wanted)))
    except (Invalid, Conflict, Outdated) as error:
        if isinstance(error, SlotTaken) and isinstance(form, TakenTimeForm):
            form.tell_taken(error)
        return Refusal(verb, form, words_of(error, form), seen, status_of(error))
    except ObjectDoesNotExist as error:  # somebody deleted it after it was read
        raise Http404 from error
    return HttpResponseRedirect(request.path)


def _page(request: HttpRequest, row: Any, page: RowPage, now: datetime, refusal: Refusal | None = None) -> HttpResponse:
    found, shown, given = principal.require(request), page.show(row, now), refusal or Refusal(status=200)
    context = {
        "principal": found,
        "shown": shown,
        "forms": _forms(shown, page, given) if found.may(Area.DESK, WRITE) else {},
        "refusal": given,
        "is_outdated": given.seen is not None and given.seen != str(shown.version),
    }
    return render(request, page.template, context, status=given.status)


def _forms(shown: Any, page: RowPage, refusal: Refusal) -> dict[str, Any]:
    """Return the forms that the row offers, and in any case the one that was typed into."""
    made = {verb: page.verbs[verb][0](shown) for verb in shown.offers}
    return {**made, refusal.verb: refusal.form} if refusal.verb else made
