"""What one can do with a row besides editing it: buttons on its page, and actions on the list."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse

from accounts.admin.access import REFUSALS, error_message, tenant_of
from accounts.engine.roles import WRITE
from accounts.request_facts import now_of


def always(row: Any) -> bool:
    """Offer a verb on every row."""
    return True


@dataclass(frozen=True)
class RowAction:
    """A button and a list action; the page's method of the same name does it: `(request, row, now)`."""

    name: str
    label: str
    done: str  # completes "3 alarms …"
    icon: str = ""
    variant: str = "default"
    when: Callable[[Any], bool] = always


@dataclass(frozen=True)
class RowHeader:
    """What stands above the form: buttons, and an explanation in plain words."""

    buttons: list[RowAction]
    explanation: Any
    url: str


class RowActionsMixin:
    """Adds the verbs to an admin page; they are POST only, and ask the role table."""

    verbs: tuple[RowAction, ...] = ()
    change_form_outer_before_template = "admin/bar.html"
    opts: Any
    admin_site: Any
    # What the page beside this mixin has.
    may: Callable[[HttpRequest, str], bool]
    get_object: Any
    log_change: Any
    _get_obj_does_not_exist_redirect: Any

    def may_act(self, request: HttpRequest) -> bool:
        """Verbs need `write` in the page's area, also where the fields cannot be edited."""
        return self.may(request, WRITE)

    def explain(self, request: HttpRequest, row: Any) -> Any:
        """Return what the page says about the row in plain words, None for nothing."""
        return None

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Put the bar above the form."""
        row = kwargs.get("obj") or context.get("original")
        if row:
            context["bar"] = self._bar(request, row)
        return super().render_change_form(request, context, *args, **kwargs)

    def _bar(self, request: HttpRequest, row: Any) -> RowHeader:
        offered = [verb for verb in self.verbs if verb.when(row)] if self.may_act(request) else []
        return RowHeader(
            offered, self.explain(request, row), self._url("verb", quote(row.pk), "NAME").removesuffix("NAME/")
        )

    def _url(self, name: str, *args: Any) -> str:
        return reverse(f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_{name}", args=args)

    def get_urls(self) -> list[Any]:
        """Add the address of the verbs."""
        name = f"{self.opts.app_label}_{self.opts.model_name}_verb"
        view = self.admin_site.admin_view(self.verb_view)
        return [path("<path:object_id>/do/<str:verb>/", view, name=name), *super().get_urls()]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Add the verbs to the actions of the list."""
        actions = super().get_actions(request)
        if self.may_act(request):
            for verb in self.verbs:
                actions[verb.name] = (partial(_run_on_selection, verb), verb.name, verb.label)
        return actions

    def verb_view(self, request: HttpRequest, object_id: str, verb: str) -> HttpResponse:
        """Do one verb to one row."""
        found = next((known for known in self.verbs if known.name == verb), None)
        if not found:
            raise Http404
        if not self.may_act(request):
            raise PermissionDenied
        row = self.get_object(request, unquote(object_id))
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if request.method == "POST":
            self.perform(request, found, [row])
        return HttpResponseRedirect(self._url("change", quote(row.pk)))

    def perform(self, request: HttpRequest, verb: RowAction, rows: Any) -> None:
        """Do a verb to rows, each for itself, and tell what became of them."""
        now, done, refused = now_of(request), 0, Counter[str]()
        for row in rows:
            try:
                self._one(request, verb, row, now)
                done += 1
            except REFUSALS as error:
                refused[error_message(error)] += 1
        if done:
            noun = self.opts.verbose_name if done == 1 else self.opts.verbose_name_plural
            messages.success(request, f"{done} {noun} {verb.done}.")
        for message, count in refused.items():
            messages.error(request, message if count == 1 else f"{message} ({count} times)")

    def _one(self, request: HttpRequest, verb: RowAction, row: Any, now: Any) -> None:
        with transaction.atomic(), tenant_of(row):
            getattr(self, verb.name)(request, row, now)
            self.log_change(request, row, verb.label)


def _run_on_selection(verb: RowAction, page: Any, request: HttpRequest, queryset: Any) -> None:
    page.perform(request, verb, queryset)
