"""Why a message was, or was not, sent: in words that a receptionist understands. Plain Python."""

from dataclasses import dataclass

from config.kernel import text
from config.kernel.text import N_, Sentence
from notifications.engine.states import State


@dataclass(frozen=True)
class Explanation:
    """What became of a message, why, and what a person can do about it."""

    title: str
    label: str
    tone: str  # success, info, warning, danger
    headline: str
    why: str = ""
    detail: str = ""
    next_step: str = ""


WAIT = N_("Nothing. It goes on by itself.")
CALL = N_("If the visit matters, telephone the patient.")
STATES: dict[str, tuple[str, str, str]] = {
    "planned": ("info", N_("It waits for its time."), WAIT),
    "queued": ("info", N_("It is in the queue and leaves shortly."), WAIT),
    State.SCHEDULED: ("info", N_("It waits for its time."), WAIT),
    State.LEASED: ("info", N_("It is being prepared for sending."), WAIT),
    State.CALLING: ("info", N_("It is being handed to the provider at this moment."), WAIT),
    State.IN_DOUBT: (
        "warning",
        N_("We do not know yet whether the provider took it."),
        N_("Wait. We ask the provider, and never send it again before we know that it did not leave."),
    ),
    State.ACCEPTED: ("success", N_("It was sent. The phone or mailbox has not confirmed it yet."), ""),
    "sent": ("success", N_("It was sent. The phone or mailbox has not confirmed it yet."), ""),
    State.DELIVERED: ("success", N_("It was delivered."), ""),
    State.UNDELIVERED: (
        "danger",
        N_("It was sent, but could not be delivered."),
        N_("Check the number or address. If the visit matters, telephone the patient."),
    ),
    State.FAILED: (
        "danger",
        N_("It was not sent."),
        N_("Put the cause right and press “Retry”, or telephone the patient."),
    ),
    State.SKIPPED: ("warning", N_("It was not sent, because it was too late to be of use."), CALL),
    State.CANCELLED: ("info", N_("It was not sent, because it was called off."), ""),
    State.SUPPRESSED: (
        "warning",
        N_("It was not sent, because this person does not want messages."),
        N_("Telephone the patient. Messages start again when they write START."),
    ),
    State.UNKNOWN: ("warning", N_("It may or may not have arrived; nobody can tell any more."), CALL),
    State.QUARANTINED: (
        "danger",
        N_("It was set aside, because sending it broke off several times."),
        N_("Tell the person who runs Punctual, or press “Retry” once."),
    ),
}
REASONS: dict[str, str] = {
    "opted_out": N_("The recipient wrote STOP, or the provider refuses messages to them."),
    "worker_died": N_("The program that was sending it stopped in the middle."),
    "too_late": N_("By the time it could have left, the visit was too near or over."),
    "no_gateway": N_("No gateway is set for this kind of message in the calendar's setting."),
    "no_recipient": N_("There is no phone number or e-mail address to send it to."),
    "no_template": N_("The alarm names no text to send."),
    "gateway_inactive": N_("The gateway is switched off."),
    "gateway_down": N_("The provider does not answer at present; we try again by ourselves."),
    "no_window_left": N_("The hours in which it may leave begin only when it is too late."),
    "outside_window": N_("It is outside the hours in which it may leave; it goes when they begin."),
    "unpreparable": N_("Something in it cannot be read, such as its time zone or its text."),
    "empty_text": N_("Its text is empty when filled in."),
    "event_cancelled": N_("The visit was cancelled."),
    "cancelled": N_("The visit was cancelled."),
    "closed": N_("The clinic is closed on that day, and the series leaves it out."),
    "event_paused": N_("The series is paused."),
    "paused": N_("The series is paused."),
    "event_moved": N_("The visit was moved; a new message takes its place."),
    "moved": N_("The visit was moved; a new message takes its place."),
    "changed": N_("The reminder was changed; a new message takes its place."),
    "deleted": N_("The reminder was deleted."),
    "alarm_deleted": N_("The reminder was deleted."),
    "event_deleted": N_("The visit was deleted."),
    "series_changed": N_("The series was changed; new messages take their place."),
    "sent_anew": N_("Somebody asked to send it anew; a new message takes its place."),
    "confirmed": N_("The visit is confirmed, and nobody needs to be asked any more."),
    "booked_late": N_("The visit was booked after the time at which it would have left."),
    "plan_changed": N_("The reminder plan was changed."),
    "patient_cancelled": N_("The patient answered that they will not come."),
    "no_driver": N_("No provider is set on the gateway."),
    "no_answer": N_("The provider did not answer."),
    "proven_absent": N_("The provider's own records show that the last try did not leave."),
    "sent_again_in_doubt": N_("The last try was in doubt, and it was sent once more."),
    "no_records": N_("The provider keeps no records that could settle the doubt."),
    "provider_silent": N_("The provider did not answer our questions for a whole day."),
    "retries_used_up": N_("It was tried as often as allowed."),
    "timeout": N_("The provider did not answer in time."),
    "bad_recipient": N_("What stands there is no phone number or e-mail address that can be written to."),
    "bad_sender": N_("The sender that is set on the gateway or the text is no number or e-mail address."),
    "country_blocked": N_("The number lies in a country to which the organization lets nothing go."),
    "premium_number": N_("Texts and calls to the number cost more than usual."),
    "unsupported": N_("Messages of this kind cannot be sent yet."),
}


def explain(state: str, *, reason: str = "", detail: str = "") -> Explanation:
    """Explain a state of a delivery or an alarm in the active language; an unknown reason is named as it is."""
    tone, headline, next_step = STATES[state]
    why = REASONS.get(reason) or (N_("Reason: %(reason)s.", reason=reason.replace("_", " ")) if reason else "")
    unsent = state in {State.FAILED, State.SKIPPED, State.CANCELLED, State.SUPPRESSED, State.QUARANTINED}
    return Explanation(
        title=text.told(N_("Why was this not sent?") if unsent else N_("What became of this message?")),
        label=text.told(Sentence(state.replace("_", " ").capitalize())),
        tone=tone,
        headline=text.told(headline),
        why=text.told(why),
        detail=detail,
        next_step=text.told(next_step),
    )


def tone(state: str) -> str:
    """Return how alarming a state is: success, info, warning or danger."""
    return STATES[state][0] if state in STATES else "info"
