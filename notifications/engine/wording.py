"""The product's own words to patients, by language; an organization may write its own. Plain Python."""

from enum import StrEnum


class Wording(StrEnum):
    """What is said."""

    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    UNCLEAR = "unclear"
    AMBIGUOUS = "ambiguous"
    PASSED_ON = "passed_on"


TEXTS: dict[str, dict[Wording, str]] = {
    "en": {
        Wording.CONFIRMED: "[{organization}]\nThank you! Your appointment has been marked confirmed.",
        Wording.CANCELLED: "[{organization}]\nThank you! Your appointment has been marked canceled.",
        Wording.UNCLEAR: "[{organization}]\nSorry, we did not understand your response. "
        "Please reply 'Yes' to confirm, or 'No' to cancel.",
        Wording.AMBIGUOUS: "[{organization}]\nThank you. You have more than one appointment with us; "
        "our team will contact you about your answer.",
        Wording.PASSED_ON: "[{organization}]\nThank you. We have passed your message on to our team.",
    },
    "es": {
        Wording.CONFIRMED: "[{organization}]\n¡Gracias! Su cita ha quedado confirmada.",
        Wording.CANCELLED: "[{organization}]\n¡Gracias! Su cita ha quedado cancelada.",
        Wording.UNCLEAR: "[{organization}]\nPerdón, no entendimos su respuesta. "
        "Responda 'Sí' para confirmar o 'No' para cancelar.",
        Wording.AMBIGUOUS: "[{organization}]\nGracias. Tiene más de una cita con nosotros; "
        "nuestro equipo se pondrá en contacto con usted.",
        Wording.PASSED_ON: "[{organization}]\nGracias. Hemos pasado su mensaje a nuestro equipo.",
    },
    "fr": {
        Wording.CONFIRMED: "[{organization}]\nMerci ! Votre rendez-vous est confirmé.",
        Wording.CANCELLED: "[{organization}]\nMerci ! Votre rendez-vous est annulé.",
        Wording.UNCLEAR: "[{organization}]\nDésolé, nous n'avons pas compris votre réponse. "
        "Répondez 'Oui' pour confirmer ou 'Non' pour annuler.",
        Wording.AMBIGUOUS: "[{organization}]\nMerci. Vous avez plusieurs rendez-vous chez nous ; "
        "notre équipe vous recontactera.",
        Wording.PASSED_ON: "[{organization}]\nMerci. Nous avons transmis votre message à notre équipe.",
    },
}


def text(key: str, language: str) -> str:
    """Return the text in a language (`pt-br` falls back to `pt`, then to English)."""
    for name in (language.lower(), language.lower().replace("_", "-").split("-")[0], "en"):
        if name in TEXTS:
            return TEXTS[name][Wording(key)]
    raise KeyError(key)
