"""A dossier as a file that a browser saves."""

from django.http import HttpResponse

from contacts.services.personal_data_export import PersonalData

FORMATS = ("json", "csv")


def download(found: PersonalData, wanted: str) -> HttpResponse:
    """Return one JSON document, or for `csv` a ZIP of tables; nothing on the way may keep it."""
    is_json = wanted == "json"
    body, kind = (found.as_json(), "application/json") if is_json else (found.as_zip(), "application/zip")
    name = found.name("json" if is_json else "zip")
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(body, content_type=kind, headers=headers)
