"""Addresses of the older module's pages."""

from django.urls import path, re_path

from calendars.web import views

THING = r"^module/(?P<thing>[a-z_]{1,30})/"
KIND = r"^admin/appointment/(?P<thing>[a-z]{1,30})/"
PK = r"(?P<pk>[0-9]{1,18})/?$"

urlpatterns = [
    path("admin/appointment/", views.start, name="older-start"),
    *(
        re_path(f"{prefix}{rest}", views.lead, {"page": page}, name=f"older-{name}-{page}")
        for name, prefix in (("module", THING), ("admin", KIND))
        for rest, page in ((r"?$", "changelist"), (r"add/?$", "add"), (PK, "change"))
    ),
    re_path(f"{THING}del/{PK}", views.lead, {"page": "delete"}, name="older-module-delete"),
    re_path(f"{THING}password/{PK}", views.lead, {"page": "change"}, name="older-module-password"),
]
