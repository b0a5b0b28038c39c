"""What an alarm needs so that its method can reach somebody; whoever saves one is told what is missing."""

from calendars.engine.states import AlarmMethod
from calendars.errors import NoGateway, NoRecipient, NoSurvey, NoTemplate
from calendars.models import Alarm, CalendarUserProfile, Event
from config.kernel.errors import Invalid

# Of each method: the field that holds what is said, and what is told where it is empty.
CONTENT: dict[int, tuple[str, type[Invalid], str]] = {
    AlarmMethod.CALL: ("survey", NoSurvey, "A call needs a survey: choose a sealed one, or seal one first."),
    AlarmMethod.SMS: ("sms_template", NoTemplate, "A text message needs a text: choose a template, or add one first."),
    AlarmMethod.EMAIL: ("mail_template", NoTemplate, "An e-mail needs a text: choose a template, or add one first."),
}
# Of each method: where the recipient stands on the alarm and on the contact, and in which words.
TARGET: dict[int, tuple[str, str, str]] = {
    AlarmMethod.CALL: ("alarm_phonenumber", "phones", "number to call"),
    AlarmMethod.SMS: ("alarm_phonenumber", "phones", "number to write to"),
    AlarmMethod.EMAIL: ("alarm_email", "emails", "e-mail address"),
}
# Of each method: the calendar setting's gateway.
GATEWAY: dict[int, tuple[str, str]] = {
    AlarmMethod.CALL: ("aleg_gateway_id", "voice gateway"),
    AlarmMethod.SMS: ("sms_gateway_id", "SMS gateway"),
    AlarmMethod.EMAIL: ("mail_gateway_id", "mail gateway"),
}


def check(alarm: Alarm, event: Event) -> None:
    """Refuse an alarm that could never reach anybody, naming the field that is missing.

    Raises `NoSurvey`, `NoTemplate`, `NoRecipient` and `NoGateway`.
    """
    field, error, words = CONTENT[alarm.method]
    if getattr(alarm, f"{field}_id") is None:
        raise error(words, field=field)
    _check_target(alarm, event)
    _check_gateway(alarm, event)


def _check_target(alarm: Alarm, event: Event) -> None:
    field, addresses, words = TARGET[alarm.method]
    if getattr(alarm, field):
        return
    if event.contact is None or not getattr(event.contact, addresses).exists():
        whose = "its event names no contact" if event.contact is None else "the contact has none"
        raise NoRecipient(f"There is no {words}: {whose}; write one here.", field=field)


def _check_gateway(alarm: Alarm, event: Event) -> None:
    field, words = GATEWAY[alarm.method]
    profile = CalendarUserProfile.objects.filter(user=event.creator_id).select_related("calendar_setting").first()
    if profile is None or getattr(profile.calendar_setting, field) is None:
        raise NoGateway(
            f"The calendar setting of “{event.creator}” has no {words}: give it one, or choose another method.",
            field="method",
        )
