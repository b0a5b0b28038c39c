"""What the options of an import mean in the current organization."""

from accounts.models import Clinic
from appointments.errors import NoSuchTemplate
from appointments.services.booking_bulk import Reminder
from notifications.models import MailTemplate, SMSTemplate


def clinics() -> dict[int, str]:
    """Return the zone of each clinic by its number."""
    return dict(Clinic.objects.values_list("number", "time_zone"))


def reminder(key: str, *, hours: float) -> Reminder | None:
    """Return the reminder of a text's key, None without one; a text message comes before an e-mail."""
    if not key:
        return None
    lead = round(hours * 3600)
    if sms := SMSTemplate.objects.filter(template_key=key).first():
        return Reminder(lead, sms_template=sms)
    if mail := MailTemplate.objects.filter(template_key=key).first():
        return Reminder(lead, mail_template=mail)
    known = [*SMSTemplate.objects.values_list("template_key", flat=True)]
    known += [key for key in MailTemplate.objects.values_list("template_key", flat=True) if key not in known]
    raise NoSuchTemplate(f"There is no text “{key}”; the keys are: {', '.join(known) or 'none yet'}.")
