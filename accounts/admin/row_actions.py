"""Row actions in the admin: POST buttons on a row's page, and actions on the list.

unfold's `actions_detail` are links: they act on GET, and show on every row. These post, ask the role table and can
depend on the row; one declaration serves page and list.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from accounts.admin.access import REFUSALS, error_message, tenant_of
from accounts.engine.roles import WRITE
from accounts.request_facts import now_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def always(row: Any) -> bool:
    """Offer an action on every row."""
    return True


@dataclass(frozen=True)
class RowAction:
    """A button and a list action; the admin's method of the same name performs it: `(request, row, now)`."""

    name: str
    label: "StrOrPromise"
    done: "StrOrPromise"  # completes "3 alarms …"
    icon: str = ""
    variant: str = "default"
    when: Callable[[Any], bool] = always


@dataclass(frozen=True)
class RowHeader:
    """The header above the form: action buttons, and an explanation of the row."""

    buttons: list[RowAction]
    explanation: Any
    url: str


class RowActionsMixin:
    """Adds row actions to an admin page."""

    row_actions: tuple[RowAction, ...] = ()
    change_form_outer_before_template = "admin/row_header.html"
    opts: Any
    admin_site: Any
    # What the page beside this mixin has.
    may: Callable[[HttpRequest, str], bool]
    get_object: Any
    log_change: Any
    _get_obj_does_not_exist_redirect: Any

    def may_act(self, request: HttpRequest) -> bool:
        """Return whether the role has `write` in the page's area, also where the fields cannot be edited."""
        return self.may(request, WRITE)

    def explain(self, request: HttpRequest, row: Any) -> Any:
        """Return an explanation of the row's state, None for nothing."""
        return None

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Show the header above the form."""
        row = kwargs.get("obj") or context.get("original")
        if row:
            context["row_header"] = self._header(request, row)
        return super().render_change_form(request, context, *args, **kwargs)

    def _header(self, request: HttpRequest, row: Any) -> RowHeader:
        offered = [action for action in self.row_actions if action.when(row)] if self.may_act(request) else []
        return RowHeader(
            offered, self.explain(request, row), self._url("row_action", quote(row.pk), "NAME").removesuffix("NAME/")
        )

    def _url(self, name: str, *args: Any) -> str:
        return reverse(f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_{name}", args=args)

    def get_urls(self) -> list[Any]:
        """Add the URL of the actions."""
        name = f"{self.opts.app_label}_{self.opts.model_name}_row_action"
        view = self.admin_site.admin_view(self.row_action_view)
        return [path("<path:object_id>/do/<str:action>/", view, name=name), *super().get_urls()]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Add the row actions to the actions of the list."""
        actions = super().get_actions(request)
        if self.may_act(request):
            for action in self.row_actions:
                actions[action.name] = (partial(_run_on_selection, action), action.name, action.label)
        return actions

    def row_action_view(self, request: HttpRequest, object_id: str, action: str) -> HttpResponse:
        """Perform one action on one row."""
        found = next((each for each in self.row_actions if each.name == action), None)
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

    def perform(self, request: HttpRequest, action: RowAction, rows: Any) -> None:
        """Perform an action on rows, each in its own transaction, and show the results."""
        now, done, refused = now_of(request), 0, Counter[str]()
        for row in rows:
            try:
                self._one(request, action, row, now)
                done += 1
            except REFUSALS as error:
                refused[error_message(error)] += 1
        if done:
            noun = self.opts.verbose_name if done == 1 else self.opts.verbose_name_plural
            told = {"number": done, "things": noun, "done": action.done}
            messages.success(request, _("%(number)d %(things)s %(done)s.") % told)
        for message, count in refused.items():
            messages.error(
                request,
                message if count == 1 else _("%(message)s (%(count)s times)") % {"message": message, "count": count},
            )

    def _one(self, request: HttpRequest, action: RowAction, row: Any, now: Any) -> None:
        with transaction.atomic(), tenant_of(row):
            getattr(self, action.name)(request, row, now)
            self.log_change(request, row, action.label)


def _run_on_selection(action: RowAction, page: Any, request: HttpRequest, queryset: Any) -> None:
    page.perform(request, action, queryset)
