"""Resolve the options of an import in the current organization."""

from accounts.models import Clinic
from appointments.errors import NoSuchTemplate
from appointments.services.visits_bulk import ReminderSettings
from notifications import channels


def clinics() -> dict[int, str]:
    """Return the zone of each clinic by its number."""
    return dict(Clinic.objects.values_list("number", "time_zone"))


def reminder(key: str, *, hours: float) -> ReminderSettings | None:
    """Return the reminder of a text's key, None without one; a text message comes before an e-mail."""
    if not key:
        return None
    models = {entry.channel: channels.content_model(entry) for entry in channels.entries() if entry.is_sent}
    for channel, model in models.items():
        if content := model._default_manager.filter(template_key=key).first():
            return ReminderSettings(round(hours * 3600), channels.of(channel), content)
    keys = (key for model in models.values() for key in model._default_manager.values_list("template_key", flat=True))
    known = ", ".join(dict.fromkeys(keys)) or "none yet"
    raise NoSuchTemplate(f"There is no text “{key}”; the keys are: {known}.")
