"""Organizations and the people and keys that act for them, in the admin."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts import tenancy
from accounts.admin.access import ROLES, copy_state, link, tenant_of
from accounts.admin.cross_tenant import AcrossQuerySet
from accounts.admin.row_actions import RowAction
from accounts.admin.site import Refusable, ServedForm, TenantForm, TenantInline, TenantModelAdmin
from accounts.engine.roles import Area, Role
from accounts.errors import SharedIdentity, StillAMember
from accounts.models import Clinic, Membership, Organization, User
from accounts.request_facts import is_platform, now_of
from accounts.services import audit, clinics, lockout, members, second_factor

# Roles and areas take their place (accounts.engine.roles).
admin.site.unregister(Group)
# What allauth keeps of a person is theirs, on the pages of their account.
for kept in [model for model in admin.site._registry if model.__module__.startswith("allauth.")]:
    admin.site.unregister(kept)


class ClinicInline(TenantInline):
    """Locations of an organization."""

    area = Area.PEOPLE
    model = Clinic
    form = ServedForm
    fields = ("number", "name", "time_zone", "phone", "is_default")


class OrganizationForm(TenantForm):
    """An organization; the roles that need a second factor are ticked."""

    second_factor_roles = forms.MultipleChoiceField(
        choices=[(role, role.capitalize()) for role in Role],
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=gettext_lazy("Members in these roles sign in with a second factor, and not by Basic."),
    )


@admin.register(Organization)
class OrganizationAdmin(TenantModelAdmin):
    """Tenants; members see their own."""

    area = Area.PEOPLE
    platform = True
    form = OrganizationForm
    list_display = ("name", "region", "time_zone", "language", "created_at")
    search_fields = ("name",)
    readonly_fields = ("uuid", "created_at")
    inlines = (ClinicInline,)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "name",
                    ("region", "language", "time_zone"),
                    ("allowed_regions", "public_holidays"),
                    "reminder_margin",
                )
            },
        ),
        (gettext_lazy("Sign-in"), {"fields": ("second_factor_roles",)}),
        (gettext_lazy("Record"), {"fields": (("uuid", "created_at"),)}),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """Show members their own organization."""
        rows = super().get_queryset(request)
        return rows if is_platform(request) else rows.filter(pk=tenancy.current())

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Platform administrators found organizations."""
        return is_platform(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Platform administrators close organizations."""
        return is_platform(request)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Clinics are the organization's own."""
        return () if is_platform(request) else self.inlines

    def save_model(self, request: HttpRequest, obj: Organization, form: Any, change: bool) -> None:
        """Give a new organization its first clinic."""
        super().save_model(request, obj, form, change)
        if not change:
            with tenant_of(obj):
                clinics.create(name=obj.name, time_zone=obj.time_zone, now=now_of(request))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Tell of a zone or public holidays of the organization that changed."""
        super().save_related(request, form, formsets, change)
        with tenant_of(form.instance):
            clinics.announce_changes(form.changed_data, now=now_of(request))

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Make, change and delete its clinics through their service."""
        formset.save(commit=False)
        with tenant_of(formset.instance):
            for new in formset.new_objects:
                each = next(each for each in formset.extra_forms if each.instance is new)
                clinics.create(now=now_of(request), **_typed_clinic(each))
            for row, names in formset.changed_objects:
                clinics.change(
                    Clinic.objects.get(pk=row.pk), now=now_of(request), **{name: getattr(row, name) for name in names}
                )
            for gone in formset.deleted_objects:
                clinics.delete(gone)


@admin.register(Clinic)
class ClinicAdmin(TenantModelAdmin):
    """Locations."""

    area = Area.PEOPLE
    form = ServedForm
    list_display = ("number", "name", "time_zone", "phone", "is_default")
    list_display_links = ("number", "name")
    list_filter = ("time_zone",)
    search_fields = ("name", "address")
    fieldsets = (
        (None, {"fields": (("number", "name"), ("time_zone", "phone"), "address", ("is_default", "public_holidays"))}),
    )

    def save_model(self, request: HttpRequest, obj: Clinic, form: Any, change: bool) -> None:
        """Make or change it through the service, which keeps one default and tells of its zone."""
        with tenant_of(obj):
            if not change:
                return copy_state(obj, clinics.create(now=now_of(request), **_typed_clinic(form)))
            given = {name: form.cleaned_data[name] for name in form.changed_data if name != "organization"}
            return copy_state(obj, clinics.change(Clinic.objects.get(pk=obj.pk), now=now_of(request), **given))

    def delete_model(self, request: HttpRequest, obj: Clinic) -> None:
        """Delete it through the service, which keeps the default one."""
        with tenant_of(obj):
            clinics.delete(obj)


def _typed_clinic(form: Any) -> dict[str, Any]:
    """Return what was typed of a new clinic."""
    names = {field.name for field in Clinic._meta.concrete_fields} - {"id", "organization"}
    return {name: value for name, value in form.cleaned_data.items() if name in names}


class MembershipForm(TenantForm):
    """A role; a new one is kept also when it is the usual one."""

    def _post_clean(self) -> None:
        """Check within the organization that a platform administrator chose."""
        with tenant_of(self.cleaned_data.get("organization") or self.instance):
            super()._post_clean()

    def has_changed(self) -> bool:
        """Make the added user a member."""
        return self.instance.pk is None or super().has_changed()


class MembershipInline(TenantInline):
    """A person's roles in organizations."""

    area = Area.PEOPLE
    model = Membership
    form = MembershipForm
    fields = ("role",)
    # A user that an owner adds becomes a member at once, in one role.
    min_num = max_num = 1
    show_change_link = False


class NewUserForm(Refusable, UserCreationForm):
    """A person who can sign in, with a first password."""


@admin.register(User)
class UserAdmin(TenantModelAdmin, DjangoUserAdmin):
    """People who sign in; an owner manages those who belong to their organization alone."""

    area = Area.PEOPLE
    platform = True
    form = TenantForm
    add_form = NewUserForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "email", "first_name", "last_name", "show_roles", "is_active", "last_login")
    list_filter = ("is_active", ("memberships__role", admin.AllValuesFieldListFilter))
    search_fields = ("username", "email", "first_name", "last_name")
    readonly_fields = ("uuid", "last_login", "date_joined", "new_password")
    filter_horizontal = ()
    inlines = (MembershipInline,)
    fieldsets = (
        (None, {"fields": (("username", "email"), ("first_name", "last_name"), "language")}),
        (gettext_lazy("Access"), {"fields": (("is_active", "new_password"),)}),
        (gettext_lazy("Record"), {"fields": (("last_login", "date_joined"), "uuid")}),
    )
    add_fieldsets = (
        (None, {"fields": (("username", "email"), ("first_name", "last_name"), ("password1", "password2"))}),
    )
    row_actions = (
        RowAction("unlock", gettext_lazy("Unlock"), gettext_lazy("may try passwords again"), "lock_open"),
        RowAction(
            "forget_factor",
            gettext_lazy("Remove second factor"),
            gettext_lazy("without a second factor"),
            "phonelink_erase",
            "danger",
            second_factor.user_has_factor,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """Show the members of the organization, with their roles."""
        rows = super().get_queryset(request)
        if is_platform(request):
            return rows.prefetch_related(Prefetch("memberships", AcrossQuerySet(Membership)))
        return rows.prefetch_related("memberships").filter(pk__in=Membership.objects.values("user_id"))

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Offer the roles of one's own organization."""
        return ("is_active", "is_superuser") if is_platform(request) else self.list_filter

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Platform administrators give roles on the page of roles, where they choose the organization."""
        return () if is_platform(request) else self.inlines

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Let platform administrators appoint each other."""
        sets = super().get_fieldsets(request, obj)
        if obj and is_platform(request):
            return [*sets, ("Platform", {"fields": ("is_superuser",)})]
        return sets

    @display(description=gettext_lazy("role"), label=ROLES)
    def show_roles(self, row: User) -> str:
        """Return the role, or the roles in several organizations."""
        return ", ".join(membership.role for membership in row.memberships.all())

    @display(description=gettext_lazy("password"))
    def new_password(self, row: User) -> str:
        """Lead to the form that sets a password; nothing of the old one is shown."""
        return link(reverse("admin:auth_user_password_change", args=[row.pk]), _("Set a new one"))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An identity that other organizations share, or a platform administrator's, is not an owner's to change."""
        if not super().has_change_permission(request, obj):
            return False
        return not isinstance(obj, User) or self._is_own(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As for changes; who belongs to organizations leaves them first."""
        if not super().has_delete_permission(request, obj):
            return False
        if isinstance(obj, User) and is_platform(request):
            return not members.organizations_of(obj.pk)
        return not isinstance(obj, User) or self._is_own(request, obj)

    @staticmethod
    def _is_own(request: HttpRequest, user: User) -> bool:
        if is_platform(request):
            return True
        organization_id = tenancy.current_id()
        return bool(organization_id) and not user.is_superuser and members.is_only_membership(user.pk, organization_id)

    def unlock(self, request: HttpRequest, row: User, now: datetime) -> None:
        """Reset the count of wrong passwords of an account of the organization."""
        if not self._is_own(request, row):
            raise SharedIdentity
        lockout.unlock(row.username)

    def forget_factor(self, request: HttpRequest, row: User, now: datetime) -> None:
        """Take the lost second factor of one's own away."""
        if not self._is_own(request, row):
            raise SharedIdentity
        second_factor.reset(row)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Let members into the admin; what they may do there stands in the role table."""
        obj.is_staff = True
        super().save_model(request, obj, form, change)
        if change and not obj.is_active:
            members.revoke_all_access(obj.pk, now=now_of(request))

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Let those go whose membership is taken away."""
        super().save_formset(request, form, formset, change)
        for row in formset.deleted_objects:
            members.revoke_access(row.user_id, row.organization_id, now=now_of(request))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Keep an owner in every organization that is touched."""
        super().save_related(request, form, formsets, change)
        if is_platform(request) or not any(formset.has_changed() for formset in formsets):
            return
        for membership in Membership.objects.filter(user=form.instance):
            audit.record("give_role", membership, changed=["role"], role=membership.role)
            members.require_owner(membership.organization_id)

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        """Keep an owner in the organizations that the person leaves."""
        organizations = [organization.pk for organization in members.organizations_of(obj.pk)]
        if organizations and is_platform(request):
            raise StillAMember
        members.revoke_all_access(obj.pk, now=now_of(request))
        super().delete_model(request, obj)
        for organization_id in organizations:
            members.require_owner(organization_id)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """The history of an identity tells of every organization that it belongs to."""
        if not is_platform(request):
            messages.error(request, _("The history of people is shown to platform administrators only."))
            return HttpResponseRedirect("../change/")
        return super().history_view(request, object_id, extra_context)


@admin.register(Membership)
class MembershipAdmin(TenantModelAdmin):
    """Memberships and their roles."""

    area = Area.PEOPLE
    platform = True
    form = MembershipForm
    list_display = ("user", "show_role", "created_at")
    list_filter = ("role",)
    list_select_related = ("user",)
    search_fields = ("user__username", "user__email")
    autocomplete_fields = ("user",)
    fieldsets = ((None, {"fields": (("user", "role"),)}),)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Owners add people as users; people of other organizations are added by platform administrators."""
        return is_platform(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A membership stays the same person's."""
        return [*super().get_readonly_fields(request, obj), *(["user"] if obj else [])]

    @display(description=gettext_lazy("role"), ordering="role", label=ROLES)
    def show_role(self, row: Membership) -> str:
        """Return the role as a badge."""
        return row.role

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        """Keep an owner."""
        with tenant_of(obj):
            super().save_model(request, obj, form, change)
            audit.record("give_role", obj, changed=form.changed_data, role=obj.role)
            members.require_owner(obj.organization_id)

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        """Keep an owner, and let the member go."""
        super().delete_model(request, obj)
        members.revoke_access(obj.user_id, obj.organization_id, now=now_of(request))
        members.require_owner(obj.organization_id)
