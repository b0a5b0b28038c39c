"""Edit the sections of surveys and the branchings between them."""

from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from contacts.errors import BadPhone
from contacts.services import contacts
from surveys.engine import states
from surveys.errors import BadKeys, BadRange, KeysTaken, OtherSurvey
from surveys.models import BranchingTemplate, SectionTemplate, SurveyTemplate


@transaction.atomic
def create(survey: SurveyTemplate, **fields: Any) -> SectionTemplate:
    """Create a section, last unless `order` is given, with the script and branching of its type; raises `BadRange`."""
    last = survey.sections.aggregate(Max("order"))["order__max"]
    section = SectionTemplate(survey=survey, **{"order": (last or 0) + 1, **fields})
    section.script = section.script or section.question
    _check(section)
    section.save()
    keys = states.first_key(section.type)
    if keys is not None:
        BranchingTemplate.objects.create(section=section, keys=keys)
    return section


def change(section: SectionTemplate, **fields: Any) -> SectionTemplate:
    """Change a section; raises `BadRange`, `BadPhone`."""
    for name, value in fields.items():
        setattr(section, name, value)
    _check(section)
    section.save(update_fields=list(fields) or None)
    return section


@transaction.atomic
def create_branching(branching: BranchingTemplate, **fields: Any) -> BranchingTemplate:
    """Create a branching: the keys pressed and the next section. Raises `BadKeys`, `KeysTaken`, `OtherSurvey`."""
    for name, value in fields.items():
        setattr(branching, name, value)
    if not states.is_key(branching.keys):
        raise BadKeys(
            _("“%(keys)s” is no key: write digits, any, invalid or timeout.") % {"keys": branching.keys[:20]},
            field="keys",
        )
    if branching.goto and branching.goto.survey_id != branching.section.survey_id:
        raise OtherSurvey(field="goto")
    # Two requests that add a branching to a section run one after the other.
    SectionTemplate.objects.select_for_update(of=("self",)).get(pk=branching.section_id)
    taken = BranchingTemplate.objects.filter(section=branching.section, keys=branching.keys)
    if taken.exclude(pk=branching.pk).exists():
        raise KeysTaken(field="keys")
    branching.save(update_fields=None if branching.pk is None else list(fields) or None)
    return branching


def _check(section: SectionTemplate) -> None:
    low, high = section.min_number, section.max_number
    if low is not None and high is not None and low > high:
        raise BadRange(field="min_number")
    if section.phonenumber:
        try:
            section.phonenumber = contacts.phone_of_tenant(section.phonenumber)
        except BadPhone as error:
            raise BadPhone(error.message, field="phonenumber") from error
