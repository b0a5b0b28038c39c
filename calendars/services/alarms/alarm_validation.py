"""What an alarm needs so that its channel can reach somebody."""

from calendars.errors import NoGateway, NoRecipient, NoSurvey, NoTemplate
from calendars.models import Alarm, CalendarSetting, CalendarUserProfile, Event
from config.kernel.text import N_
from notifications import channels
from notifications.channels import ChannelEntry
from notifications.models import Gateway


def check(alarm: Alarm, event: Event) -> None:
    """Refuse an alarm that could never reach anybody, naming the field that is missing.

    Raises `NoSurvey`, `NoTemplate`, `NoRecipient` and `NoGateway`.
    """
    channel = channels.of_method(alarm.method)
    if getattr(alarm, f"{channel.content_field}_id") is None:
        error = NoTemplate if channel.is_sent else NoSurvey
        raise error(channel.missing_content_words, field=channel.content_field)
    _check_recipient(alarm, event, channel)
    _check_gateway(event, channel)


def _check_recipient(alarm: Alarm, event: Event, channel: ChannelEntry) -> None:
    address = channel.address
    if getattr(alarm, address.alarm_field):
        return
    if event.contact is None or not getattr(event.contact, address.contact_relation).exists():
        whose = N_("its event names no contact") if event.contact is None else N_("the contact has none")
        words = N_("There is no %(what)s: %(whose)s; write one here.", what=channel.recipient_words, whose=whose)
        raise NoRecipient(words, field=address.alarm_field)


def _check_gateway(event: Event, channel: ChannelEntry) -> None:
    # Visits that are booked together have the same creator, of whom this is read once.
    profile: CalendarUserProfile | None = getattr(event.creator, "profile", None)
    if profile is None or not _has_gateway(profile.calendar_setting, channel):
        words = N_(
            "The calendar setting of “%(who)s” has no %(what)s: give it one, or choose another method.",
            who=str(event.creator),
            what=channel.gateway_words,
        )
        raise NoGateway(words, field="method")


def _has_gateway(setting: CalendarSetting, channel: ChannelEntry) -> bool:
    if getattr(setting, f"{channel.gateway_field}_id") is not None:
        return True
    of_channel = Gateway.objects.filter(channel=channel.channel, status=Gateway.Status.ACTIVE)
    return channel.has_default_gateway and of_channel.exists()
