"""Why a message was, or was not, sent: in words that a receptionist understands. Plain Python."""

from dataclasses import dataclass

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


WAIT = "Nothing. It goes on by itself."
CALL = "If the visit matters, telephone the patient."
STATES: dict[str, tuple[str, str, str]] = {
    "planned": ("info", "It waits for its time.", WAIT),
    "queued": ("info", "It is in the queue and leaves shortly.", WAIT),
    State.SCHEDULED: ("info", "It waits for its time.", WAIT),
    State.LEASED: ("info", "It is being prepared for sending.", WAIT),
    State.CALLING: ("info", "It is being handed to the provider at this moment.", WAIT),
    State.IN_DOUBT: (
        "warning",
        "We do not know yet whether the provider took it.",
        "Wait. We ask the provider, and never send it again before we know that it did not leave.",
    ),
    State.ACCEPTED: ("success", "It was sent. The phone or mailbox has not confirmed it yet.", ""),
    "sent": ("success", "It was sent. The phone or mailbox has not confirmed it yet.", ""),
    State.DELIVERED: ("success", "It was delivered.", ""),
    State.UNDELIVERED: ("danger", "It was sent, but could not be delivered.", "Check the number or address. " + CALL),
    State.FAILED: ("danger", "It was not sent.", "Put the cause right and press “Retry”, or telephone the patient."),
    State.SKIPPED: ("warning", "It was not sent, because it was too late to be of use.", CALL),
    State.CANCELLED: ("info", "It was not sent, because it was called off.", ""),
    State.SUPPRESSED: (
        "warning",
        "It was not sent, because this person does not want messages.",
        "Telephone the patient. Messages start again when they write START.",
    ),
    State.UNKNOWN: ("warning", "It may or may not have arrived; nobody can tell any more.", CALL),
    State.QUARANTINED: (
        "danger",
        "It was set aside, because sending it broke off several times.",
        "Tell whoever runs Punctual, or press “Retry” once.",
    ),
}
REASONS: dict[str, str] = {
    "opted_out": "The recipient wrote STOP, or the provider refuses messages to them.",
    "worker_died": "The program that was sending it stopped in the middle.",
    "too_late": "By the time it could have left, the visit was too near or over.",
    "no_gateway": "No gateway is set for this kind of message in the calendar's setting.",
    "no_recipient": "There is no phone number or e-mail address to send it to.",
    "no_template": "The alarm names no text to send.",
    "gateway_inactive": "The gateway is switched off.",
    "gateway_down": "The provider does not answer at present; we try again by ourselves.",
    "no_window_left": "The hours in which it may leave begin only when it is too late.",
    "outside_window": "It is outside the hours in which it may leave; it goes when they begin.",
    "unpreparable": "Something in it cannot be read, such as its time zone or its text.",
    "empty_text": "Its text is empty when filled in.",
    "event_cancelled": "The visit was cancelled.",
    "cancelled": "The visit was cancelled.",
    "closed": "The clinic is closed on that day, and the series leaves it out.",
    "event_paused": "The series is paused.",
    "paused": "The series is paused.",
    "event_moved": "The visit was moved; a new message takes its place.",
    "moved": "The visit was moved; a new message takes its place.",
    "changed": "The reminder was changed; a new message takes its place.",
    "deleted": "The reminder was deleted.",
    "alarm_deleted": "The reminder was deleted.",
    "event_deleted": "The visit was deleted.",
    "series_changed": "The series was changed; new messages take their place.",
    "sent_anew": "Somebody asked to send it anew; a new message takes its place.",
    "patient_cancelled": "The patient answered that they will not come.",
    "no_driver": "No provider is set on the gateway.",
    "no_answer": "The provider did not answer.",
    "proven_absent": "The provider's own records show that the last try did not leave.",
    "sent_again_in_doubt": "The last try was in doubt, and it was sent once more.",
    "no_records": "The provider keeps no records that could settle the doubt.",
    "provider_silent": "The provider did not answer our questions for a whole day.",
    "retries_used_up": "It was tried as often as allowed.",
    "timeout": "The provider did not answer in time.",
    "bad_recipient": "What stands there is no phone number or e-mail address that can be written to.",
    "bad_sender": "The sender that is set on the gateway or the text is no number or e-mail address.",
    "country_blocked": "The number lies in a country to which the organization lets nothing go.",
    "premium_number": "The number costs whoever writes or calls more than usual.",
    "unsupported": "Messages of this kind cannot be sent yet.",
}


def explain(state: str, *, reason: str = "", detail: str = "") -> Explanation:
    """Explain a state of a delivery or an alarm; an unknown reason is named as it is."""
    tone, headline, next_step = STATES[state]
    why = REASONS.get(reason) or (f"Reason: {reason.replace('_', ' ')}." if reason else "")
    unsent = state in {State.FAILED, State.SKIPPED, State.CANCELLED, State.SUPPRESSED, State.QUARANTINED}
    return Explanation(
        title="Why was this not sent?" if unsent else "What became of this message?",
        label=state.replace("_", " "),
        tone=tone,
        headline=headline,
        why=why,
        detail=detail,
        next_step=next_step,
    )


def tone(state: str) -> str:
    """Return how alarming a state is: success, info, warning or danger."""
    return STATES[state][0] if state in STATES else "info"
