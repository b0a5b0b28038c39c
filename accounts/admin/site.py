"""Admin pages that know the tenant and the role table; every app's admin.py builds on them."""

from collections.abc import Iterable
from copy import copy
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.forms import PaginationInlineFormSet

from accounts import tenancy
from accounts.admin.access import REFUSALS, error_message, is_allowed, tenant_of
from accounts.admin.cross_tenant import AcrossQuerySet
from accounts.admin.row_actions import RowActionsMixin
from accounts.engine.roles import READ, WRITE, Area
from accounts.models import User
from accounts.request_facts import attributes, is_platform
from accounts.services import audit
from accounts.tenancy import TenantOwned
from config.kernel.errors import PunctualError


class Refusable:
    """A form that shows a service's refusal at the field that it names."""

    refusal: ClassVar[Exception | None] = None
    add_error: Any
    fields: Any

    def clean(self) -> Any:
        """Add the refusal to the errors."""
        cleaned = super().clean()
        if self.refusal:
            field = getattr(self.refusal, "field", "")
            code = getattr(self.refusal, "code", "conflict")
            error = ValidationError(error_message(self.refusal), code=code)
            self.add_error(field if field in self.fields else None, error)
        return cleaned


class TenantForm(Refusable, forms.ModelForm):
    """Checks the rules of uniqueness within the organization."""

    def _get_validation_exclusions(self) -> set[str]:
        # Django leaves out constraints on fields that the form does not show.
        # A row of an inline has no organization yet when the page's own form chose none.
        known = "organization" not in self.fields and getattr(self.instance, "organization_id", None)
        hidden = {"organization"} if known else set()
        return super()._get_validation_exclusions() - hidden

    def _update_errors(self, errors: Any) -> None:
        """Say above the form what is wrong with a field that it does not show, such as a second row of an only one."""
        found = dict(errors.error_dict) if hasattr(errors, "error_dict") else {NON_FIELD_ERRORS: errors.error_list}
        for name in found.keys() - {NON_FIELD_ERRORS, *self.fields}:
            found[NON_FIELD_ERRORS] = [*found.get(NON_FIELD_ERRORS, []), *found.pop(name)]
        super()._update_errors(ValidationError(found))


class ServedForm(TenantForm):
    """A form whose service checks the rules itself, in better words than a constraint's name."""

    def _post_clean(self) -> None:
        # What slips through the service, the database refuses.
        self.instance.validate_constraints = lambda exclude=None: None
        try:
            super()._post_clean()
        finally:
            del self.instance.validate_constraints


class TenantFormSet(PaginationInlineFormSet):
    """Sets the organization of new rows to that of the page's row."""

    def full_clean(self) -> None:
        """Check the rows as that organization's; by now the page's own form has chosen it."""
        organization_id = getattr(self.instance, "organization_id", None)
        if organization_id and self.is_bound:
            for form in self.forms:
                form.instance.organization_id = organization_id
        super().full_clean()


class TenantRules:
    """Permissions from the role table, and choices from inside the tenant.

    `platform` pages are also for platform administrators who work for no organization; the lists of the others are
    empty for them.
    """

    area = Area.DESK
    platform = False
    can_add = can_change = can_delete = True
    form = TenantForm
    model: type[models.Model]

    def may(self, request: HttpRequest, action: str) -> bool:
        """Ask the role table in the page's area."""
        if is_platform(request):
            return self.platform or action == READ
        return is_allowed(request, self.area, action)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Reading needs `read` in the page's area."""
        return self.may(request, READ)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Writing needs `write` in the page's area."""
        return self.can_add and self.may(request, WRITE)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Writing needs `write` in the page's area."""
        return self.can_change and self.may(request, WRITE)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Writing needs `write` in the page's area."""
        return self.can_delete and self.may(request, WRITE)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """List the page for roles that may read."""
        return self.has_view_permission(request)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the organization's own members where a user is wanted; tenant models filter by themselves."""
        if db_field.remote_field.model is User and not is_platform(request):
            members = User.objects.filter(memberships__organization_id=tenancy.current())
            kwargs["queryset"] = members.order_by("username")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Take web addresses without a scheme as https, say on whose wall clock times are, keep texts short."""
        if isinstance(db_field, models.URLField):
            kwargs["assume_scheme"] = "https"
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(db_field, models.DateTimeField) and field:
            clock = _("In the time of %(zone)s.") % {"zone": timezone.get_current_timezone_name()}
            field.help_text = f"{field.help_text} {clock}".strip()
        if isinstance(db_field, models.TextField) and field:
            field.widget.attrs["rows"] = 4
        return field


def _unwritten(model: type[models.Model]) -> set[str]:
    """Name the fields whose values the database makes when the row is written."""
    return {field.name for field in model._meta.fields if field.has_db_default()}


def _without(hidden: set[str], names: Iterable[Any]) -> list[Any]:
    """Leave out hidden fields, and lines of which nothing is left."""
    lines = (_without(hidden, name) if isinstance(name, list | tuple) else name for name in names)
    return [line for line in lines if line != [] and (isinstance(line, list) or line not in hidden)]


class TenantModelAdmin(TenantRules, RowActionsMixin, ModelAdmin):
    """The admin page of a tenant model: its organization is filled in, or chosen by a platform administrator."""

    list_per_page = 50
    show_full_result_count = False
    warn_unsaved_form = True
    list_filter_submit = True
    compressed_fields = False
    save_on_top = False

    def _chooses_organization(self, request: HttpRequest) -> bool:
        return self.platform and issubclass(self.model, TenantOwned) and is_platform(request)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Show the organization's rows, and to platform administrators those of their own pages only."""
        if not (is_platform(request) and issubclass(self.model, TenantOwned)):
            return super().get_queryset(request)
        rows: QuerySet[Any] = AcrossQuerySet(self.model) if self.platform else QuerySet(self.model).none()
        return rows.order_by(*self.get_ordering(request))

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Show the organization to platform administrators."""
        return [*super().get_list_display(request), *(["organization"] if self._chooses_organization(request) else [])]

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """Let platform administrators choose an organization; where they see nothing there is nothing to choose."""
        if is_platform(request) and not self.platform:
            return []
        return [*(["organization"] if self._chooses_organization(request) else []), *super().get_list_filter(request)]

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Answer no question about a text that no page shows: asked letter by letter, a hash would come to light."""
        asked = lookup.partition(LOOKUP_SEP)[0]
        return asked not in self._hidden_texts() and super().lookup_allowed(lookup, value, request)

    def _hidden_texts(self) -> set[str]:
        texts = (
            field
            for field in self.model._meta.concrete_fields
            if isinstance(field, models.CharField | models.TextField)
        )
        return {field.name for field in texts if not field.editable} - {*flatten_fieldsets(self.fieldsets or ())}

    def get_list_select_related(self, request: HttpRequest) -> Any:
        """Fetch what the columns show in the same query."""
        return [*(self.list_select_related or ()), *(["organization"] if self._chooses_organization(request) else [])]

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> Any:
        """Hide the organization from its own members."""
        hidden = [] if self._chooses_organization(request) else ["organization"]
        return [*(super().get_exclude(request, obj) or ()), *hidden]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Put the organization first for platform administrators."""
        sets = super().get_fieldsets(request, obj)
        if obj is None:
            sets = self._to_fill_in(request, sets)
        if self.fieldsets and self._chooses_organization(request):
            return [("Organization", {"fields": ["organization"]}), *sets]
        return sets

    def _to_fill_in(self, request: HttpRequest, sets: Any) -> list[Any]:
        """Leave out what is read-only and has no value before the row is written."""
        hidden = _unwritten(self.model) & set(self.get_readonly_fields(request))
        left = [(title, {**options, "fields": _without(hidden, options["fields"])}) for title, options in sets]
        return [(title, options) for title, options in left if options["fields"]]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Nothing moves from one organization to another."""
        fixed = ["organization"] if obj and self._chooses_organization(request) else []
        return [*super().get_readonly_fields(request, obj), *fixed]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Hand a refusal of the first try to the form that shows it."""
        form = super().get_form(request, obj, change=change, **kwargs)
        form.refusal = getattr(request, "refusal", None)
        return form

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show what a service refuses as an error of the form, with everything that was typed."""
        try:
            with transaction.atomic():
                return super().changeform_view(request, *args, **kwargs)
        except REFUSALS as error:
            if request.method != "POST":
                raise
            attributes(request).refusal = error
        return super().changeform_view(request, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show what a service refuses as a message."""
        try:
            with transaction.atomic():
                response = super().changelist_view(request, extra_context)
                self._tell_of_deletions(request)
                return response
        except PunctualError as error:
            messages.error(request, error_message(error))
            return HttpResponseRedirect(request.get_full_path())

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Show what a service refuses as a message."""
        try:
            with transaction.atomic():
                response = super().delete_view(request, object_id, extra_context)
                self._tell_of_deletions(request)
                return response
        except PunctualError as error:
            messages.error(request, error_message(error))
            return HttpResponseRedirect("../change/")

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """Remember which fields were changed, for the audit trail; the message itself quotes rows."""
        lines = [formset.prefix for formset in formsets or () if formset.has_changed()]
        attributes(request).changed = [*form.changed_data, *lines]
        return super().construct_change_message(request, form, formsets, add)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Tell the audit trail, too."""
        audit.record_once("create", obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Tell the audit trail, too; a row action has its own name."""
        action = next((each.name for each in self.row_actions if each.label == message), "update")
        audit.record_once(action, obj, changed=getattr(request, "changed", ()))
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Remember the rows for the audit trail, which is written after the service has run."""
        request.deleted = [copy(row) for row in queryset]  # type: ignore[attr-defined]
        return super().log_deletions(request, queryset)

    def _tell_of_deletions(self, request: HttpRequest) -> None:
        for row in getattr(request, "deleted", ()):
            audit.record_once("delete", row)

    def get_deleted_objects(self, objs: Iterable[Any], request: HttpRequest) -> Any:
        """Allow deleting related rows with a row."""
        found, counts, _perms, protected = super().get_deleted_objects(objs, request)
        return found, counts, set(), protected

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Check the permission before the look-up, so that the response does not reveal whether the row exists."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return super().history_view(request, object_id, extra_context)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete inside the row's organization."""
        with tenant_of(obj):
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Delete one by one, so that each goes through its service."""
        for row in queryset:
            self.delete_model(request, row)


class TenantInline(TenantRules, TabularInline):
    """Rows of a tenant model on the page of their parent row."""

    formset = TenantFormSet
    extra = 0
    show_change_link = True

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> Any:
        """The organization is the parent's."""
        return [*(super().get_exclude(request, obj) or ()), "organization"]


class ReadOnly:
    """Rows that the program writes and people only read."""

    can_add = can_change = can_delete = False
