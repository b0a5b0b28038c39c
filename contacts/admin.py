"""Contacts in the admin."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action

from accounts.admin.access import REFUSALS, error_message, is_allowed, tenant_of
from accounts.admin.site import ReadOnly, TenantInline, TenantModelAdmin
from accounts.engine.roles import WRITE, Area
from accounts.request_facts import is_platform, now_of, person
from contacts.admin_forms import ContactPhoneForm
from contacts.models import (
    Contact,
    ContactAddress,
    ContactEmail,
    ContactPhone,
    ContactType,
    Erasure,
    GlobalContactType,
    RetentionPolicy,
)
from contacts.personal_data_response import download
from contacts.services import contact_types, contacts, erasure, personal_data_export


class PhoneInline(TenantInline):
    """Numbers of a contact."""

    model = ContactPhone
    form = ContactPhoneForm
    show_change_link = False


class EmailInline(TenantInline):
    """Addresses of a contact."""

    model = ContactEmail
    show_change_link = False


class ContactAddressInline(TenantInline):
    """Postal addresses of a contact."""

    model = ContactAddress
    show_change_link = False


@admin.register(Contact)
class ContactAdmin(TenantModelAdmin):
    """People whom the clinic reaches."""

    list_display = (
        *("last_name", "first_name", "company", "first_phone", "first_email", "contact_type", "customer_id"),
        *("language", "created_at"),
    )
    list_display_links = ("last_name", "first_name")
    list_filter = ("title", "contact_type", "customer_type", "language")
    list_select_related = ("contact_type",)
    search_fields = ("last_name", "first_name", "company", "phones__number", "emails__address", "external_id")
    search_help_text = gettext_lazy("Name, company, phone, e-mail or external id")
    date_hierarchy = "created_at"
    readonly_fields = ("uuid", "core_user_uuid", "created_at")
    inlines = (PhoneInline, EmailInline, ContactAddressInline)
    actions_detail = ("export_json", "export_csv", "erase")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("title", "first_name", "middle_name"),
                    ("last_name", "suffix"),
                    ("company", "customer_type", "contact_type"),
                    ("language", "time_zone"),
                    "notes",
                )
            },
        ),
        (
            gettext_lazy("Record"),
            {
                "fields": (
                    ("customer_id", "external_id"),
                    ("uuid", "core_user_uuid"),
                    *("siteprofile_uuids", "workflowlevel1_uuids", "workflowlevel2_uuids"),
                    "created_at",
                ),
                "classes": ("tab",),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Contact]:
        """Fetch the numbers and addresses of a page of contacts together."""
        return super().get_queryset(request).prefetch_related("phones", "emails")

    def save_model(self, request: HttpRequest, obj: Contact, form: Any, change: bool) -> None:
        """Give a contact without a customer id the next one."""
        with tenant_of(obj):
            contacts.assign_customer_ids([obj])
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Refuse a contact of whom nothing is known, numbers and addresses included."""
        super().save_related(request, form, formsets, change)
        contacts.check_content(form.instance)

    @admin.display(description=gettext_lazy("phone"))
    def first_phone(self, row: Contact) -> str:
        """Return the number that is written to first."""
        return next((phone.number for phone in row.phones.all()), "")

    @admin.display(description=gettext_lazy("e-mail"))
    def first_email(self, row: Contact) -> str:
        """Return the address that is written to first."""
        return next((email.address for email in row.emails.all()), "")

    def has_privacy_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Owners and managers hand out and erase a person's data."""
        return is_allowed(request, Area.PRIVACY, WRITE)

    @action(description=gettext_lazy("Export"), url_path="export-json", permissions=["privacy"], icon="download")
    def export_json(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Hand out everything that is stored about the contact, as one document."""
        found = personal_data_export.collect(self._row(request, object_id), now=now_of(request))
        return download(found, "json")

    @action(description=gettext_lazy("Export as tables"), url_path="export-csv", permissions=["privacy"], icon="table")
    def export_csv(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Hand it out as a ZIP of CSV files."""
        found = personal_data_export.collect(self._row(request, object_id), now=now_of(request))
        return download(found, "csv")

    @action(description=gettext_lazy("Erase …"), url_path="erase", permissions=["privacy"], icon="person_remove")
    def erase(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for the name, then erase."""
        row = self._row(request, object_id)
        back = reverse("admin:contacts_contact_change", args=[row.pk])
        problem = self._erase(request, row) if request.method == "POST" else None
        if problem == "":
            return HttpResponseRedirect(back)
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": f"Erase {row}"}
        context |= {"row": row, "back": back, "problem": problem}
        return TemplateResponse(request, "admin/contacts/erase.html", context)

    def _erase(self, request: HttpRequest, row: Contact) -> str:
        """Return what stands against it; nothing when it is done."""
        if request.POST.get("typed", "").split() != str(row).split():
            return _("This is not “%(row)s”.") % {"row": row}
        try:
            with transaction.atomic(), tenant_of(row):
                erasure.erase(row, by=person(request), now=now_of(request))
                self.log_change(request, Contact.objects.get(pk=row.pk), "Erased")
        except REFUSALS as error:
            return error_message(error)
        messages.success(request, _("The person is erased; the receipts stay."))
        return ""

    def _row(self, request: HttpRequest, object_id: str) -> Contact:
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        return row


@admin.register(ContactType)
class ContactTypeAdmin(TenantModelAdmin):
    """Types of contacts: the organization's own are changed here, global ones only shown."""

    list_display = ("name", "is_global")
    list_filter = ("is_global",)
    search_fields = ("name",)
    readonly_fields = ("uuid", "is_global")
    fieldsets = ((None, {"fields": ("name", ("uuid", "is_global"))}),)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A global type is changed where it is kept."""
        return super().has_change_permission(request, obj) and not (obj and obj.is_global)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A global type is deleted where it is kept."""
        return super().has_delete_permission(request, obj) and not (obj and obj.is_global)

    def delete_model(self, request: HttpRequest, obj: ContactType) -> None:
        """Refuse global types also where several are deleted at once."""
        with tenant_of(obj):
            contact_types.delete(obj)


@admin.register(GlobalContactType)
class GlobalContactTypeAdmin(TenantModelAdmin):
    """Types that every organization has, for platform administrators."""

    platform = True
    list_display = ("name", "uuid")
    readonly_fields = ("uuid",)
    fieldsets = ((None, {"fields": ("name", "uuid")}),)

    def may(self, request: HttpRequest, action: str) -> bool:
        """They belong to no organization."""
        return is_platform(request)


@admin.register(RetentionPolicy)
class RetentionPolicyAdmin(TenantModelAdmin):
    """Retention periods."""

    area = Area.SETTINGS
    list_display = ("__str__", "text_days", "raw_days", "staff_item_days")
    fieldsets = ((gettext_lazy("Days"), {"fields": ("text_days", "raw_days", "staff_item_days")}),)


@admin.register(Erasure)
class ErasureAdmin(ReadOnly, TenantModelAdmin):
    """Records of erasures, without personal data."""

    list_display = ("erased_at", "contact", "erased_by", "token")
    list_select_related = ("contact", "erased_by")
    date_hierarchy = "erased_at"
    fieldsets = ((None, {"fields": (("contact", "token"), ("erased_at", "erased_by"), "counts")}),)


class AddressAdmin(TenantModelAdmin):
    """Numbers and addresses, across contacts."""

    list_select_related = ("contact",)
    autocomplete_fields = ("contact",)
    ordering = ("contact__last_name", "contact__first_name", "position", "id")

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Contacts show them; the list of its own is for searching."""
        return False


@admin.register(ContactPhone)
class ContactPhoneAdmin(AddressAdmin):
    """Phone numbers."""

    form = ContactPhoneForm
    list_display: Any = ("number", "kind", "contact", "position")
    search_fields = ("number", "contact__last_name")


@admin.register(ContactEmail)
class ContactEmailAdmin(AddressAdmin):
    """E-mail addresses."""

    list_display: Any = ("address", "kind", "contact", "position")
    search_fields = ("address", "contact__last_name")


@admin.register(ContactAddress)
class ContactAddressAdmin(AddressAdmin):
    """Postal addresses."""

    list_display: Any = ("street", "house_number", "postal_code", "city", "kind", "contact")
    search_fields = ("street", "postal_code", "city", "contact__last_name")
