"""The two clinics of the demo: who works there, who comes, and what they are told."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Patient:
    """A person of the demo; `answer` is what they text back to their first reminder."""

    first_name: str
    last_name: str
    phone: str
    email: str = ""
    language: str = ""
    answer: str = ""


@dataclass(frozen=True)
class DemoClinic:
    """One organization of the demo, with one clinic and one doctor."""

    slug: str
    name: str
    region: str
    time_zone: str
    language: str
    address: str
    phone: str
    sender: str
    doctor: tuple[str, str]
    calendar: str
    visits: tuple[str, ...]
    meeting: str
    sms_text: str
    mail_subject: str
    mail_text: str
    patients: tuple[Patient, ...] = field(default_factory=tuple)


RIVERSIDE = DemoClinic(
    slug="riverside",
    name="Riverside Dental",
    region="US",
    time_zone="America/New_York",
    language="en",
    address="12 River Street, Albany, NY 12207",
    phone="+15185550100",
    sender="+15185550199",
    doctor=("Maria", "Lopez"),
    calendar="Dr. Lopez",
    visits=("Check-up", "Cleaning", "Filling", "Crown"),
    meeting="Team meeting",
    sms_text="[{organization}] {first_name}, you have an appointment on {when}: {title}. "
    "Reply Yes to confirm, or No to cancel.",
    mail_subject="Your appointment on {date}",
    mail_text="Dear {first_name},\n\nwe expect you on {when}: {title}.\n\n{clinic}, {clinic_phone}\n",
    patients=(
        Patient("Olivia", "Bennett", "+15185550101", "olivia.bennett@example.com", answer="Yes"),
        Patient("Liam", "Carter", "+15185550102", answer="No"),
        Patient("Emma", "Diaz", "+15185550103", answer="What was this about again?"),
        # Possible in Germany, but too short for the carrier, which refuses it.
        Patient("Noah", "Evans", "+491234"),
        Patient("Ava", "Foster", "+15185550105", "ava.foster@example.com"),
        Patient("Ethan", "Gray", "+15185550106"),
        Patient("Sofía", "Hernández", "+15185550107", "sofia.hernandez@example.com", language="es"),
        Patient("Mason", "Irving", "+15185550108"),
        Patient("Mia", "Jones", "+15185550109", "mia.jones@example.com"),
        Patient("Lucas", "Klein", "+15185550110"),
        Patient("Amelia", "Long", "+15185550111", "amelia.long@example.com"),
        Patient("Henry", "Moore", "+15185550112"),
    ),
)

DU_LAC = DemoClinic(
    slug="dulac",
    name="Clinique du Lac",
    region="FR",
    time_zone="Europe/Paris",
    language="fr",
    address="3 quai du Lac, 74000 Annecy",
    phone="+33450000100",
    sender="+33639980099",
    doctor=("Claire", "Moreau"),
    calendar="Dr Moreau",
    visits=("Contrôle", "Consultation", "Vaccination", "Bilan annuel"),
    meeting="Réunion d'équipe",
    sms_text="[{organization}] {first_name}, vous avez rendez-vous {when} : {title}. "
    "Répondez Oui pour confirmer, ou Non pour annuler.",
    mail_subject="Votre rendez-vous du {date}",
    mail_text="Bonjour {first_name},\n\nnous vous attendons {when} : {title}.\n\n{clinic}, {clinic_phone}\n",
    patients=(
        Patient("Louise", "Bernard", "+33639980101", "louise.bernard@example.com", answer="Oui"),
        Patient("Hugo", "Chevalier", "+33639980102", answer="Non"),
        Patient("Alice", "Dubois", "+33639980103", answer="C'est pour quoi exactement ?"),
        Patient("Peter", "Evans", "+491235", language="en"),
        Patient("Jules", "Fournier", "+33639980105", "jules.fournier@example.com"),
        Patient("Chloé", "Girard", "+33639980106"),
        Patient("Anna", "Huber", "+33639980107", "anna.huber@example.com", language="en"),
        Patient("Léo", "Joly", "+33639980108"),
        Patient("Manon", "Lambert", "+33639980109", "manon.lambert@example.com"),
        Patient("Nathan", "Mercier", "+33639980110"),
        Patient("Zoé", "Noël", "+33639980111", "zoe.noel@example.com"),
        Patient("Arthur", "Perrin", "+33639980112"),
    ),
)

CLINICS = (RIVERSIDE, DU_LAC)
# Patients who come once the others all have an open visit, by turns.
FIRST_NAMES = ("Alex", "Billie", "Charlie", "Dana", "Eli", "Frankie", "Gabriel", "Harper", "Iris", "Jamie")
LAST_NAMES = ("Adams", "Brooks", "Costa", "Dupont", "Ellis", "Fischer", "Garcia", "Haas", "Ito", "Jansen")
