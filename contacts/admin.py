"""Contacts in the admin."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.adminsite import TenantInline, TenantModelAdmin
from contacts.models import Contact, ContactEmail, ContactPhone


class PhoneInline(TenantInline):
    """Numbers of a contact."""

    model = ContactPhone
    show_change_link = False


class EmailInline(TenantInline):
    """Addresses of a contact."""

    model = ContactEmail
    show_change_link = False


@admin.register(Contact)
class ContactAdmin(TenantModelAdmin):
    """People whom the clinic reaches."""

    list_display = ("last_name", "first_name", "first_phone", "first_email", "language", "time_zone", "created_at")
    list_display_links = ("last_name", "first_name")
    list_filter = ("language",)
    search_fields = ("last_name", "first_name", "phones__number", "emails__address", "external_id")
    search_help_text = "Name, phone, e-mail or external id"
    date_hierarchy = "created_at"
    readonly_fields = ("uuid", "created_at")
    inlines = (PhoneInline, EmailInline)
    fieldsets = (
        (None, {"fields": (("first_name", "last_name"), ("language", "time_zone"))}),
        ("Record", {"fields": (("external_id", "uuid"), "created_at"), "classes": ("tab",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Contact]:
        """Fetch the numbers and addresses of a page of contacts together."""
        return super().get_queryset(request).prefetch_related("phones", "emails")

    @admin.display(description="phone")
    def first_phone(self, row: Contact) -> str:
        """Return the number that is written to first."""
        return next((phone.number for phone in row.phones.all()), "")

    @admin.display(description="e-mail")
    def first_email(self, row: Contact) -> str:
        """Return the address that is written to first."""
        return next((email.address for email in row.emails.all()), "")


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

    list_display: Any = ("number", "contact", "position")
    search_fields = ("number", "contact__last_name")


@admin.register(ContactEmail)
class ContactEmailAdmin(AddressAdmin):
    """E-mail addresses."""

    list_display: Any = ("address", "contact", "position")
    search_fields = ("address", "contact__last_name")
