"""The phone simulator's records in the admin."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.admin.site import ReadOnly, TenantModelAdmin
from accounts.request_facts import is_platform
from simulator.models import CarrierAccount, CarrierFaults, CarrierMessage, CarrierPost


class CarrierAdmin(ReadOnly, TenantModelAdmin):
    """The phone simulator's own records, for platform administrators."""

    platform = True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """No organization owns them."""
        return is_platform(request)


@admin.register(CarrierAccount)
class CarrierAccountAdmin(CarrierAdmin):
    """Accounts with the simulated carrier."""

    list_display = ("protocol", "access_key", "inbound_url", "receipt_url")


@admin.register(CarrierMessage)
class CarrierMessageAdmin(CarrierAdmin):
    """The simulated carrier's ledger."""

    list_display = ("at", "channel", "direction", "sender", "recipient", "text", "status")
    list_filter = ("channel", "direction", "status")
    search_fields = ("sender", "recipient", "text")
    date_hierarchy = "at"


@admin.register(CarrierPost)
class CarrierPostAdmin(CarrierAdmin):
    """Calls that the simulated carrier owes."""

    list_display = ("method", "url", "due_at", "done_at", "tries", "status")


@admin.register(CarrierFaults)
class CarrierFaultsAdmin(CarrierAdmin):
    """The faults that the simulated carrier shows."""

    list_display = ("rate", "kinds")
