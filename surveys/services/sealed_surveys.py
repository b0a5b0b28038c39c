"""Sealed surveys: unchangeable copies for calls and their reports."""

from django.db import transaction

from surveys.errors import EmptySurvey
from surveys.models import Branching, BranchingTemplate, Section, SectionTemplate, Survey, SurveyTemplate
from surveys.models.sections import SectionFields

COPIED = [field.attname for field in SectionFields._meta.fields]


@transaction.atomic
def seal(template: SurveyTemplate, *, name: str = "") -> Survey:
    """Copy a survey template with its sections and branchings; each call makes a new copy. Raises `EmptySurvey`."""
    # Nobody adds a node or a branching meanwhile.
    nodes = list(template.sections.select_for_update(of=("self",)).order_by("order", "pk"))
    if not nodes:
        raise EmptySurvey
    sealed = Survey.objects.create(
        name=name or template.name,
        description=template.description,
        tts_language=template.tts_language or "en",
        template=template,
    )
    copies = Section.objects.bulk_create([_copy(node, sealed) for node in nodes])
    new = {node.pk: copy for node, copy in zip(nodes, copies, strict=True)}
    branchings = BranchingTemplate.objects.filter(section__in=nodes).order_by("pk")
    Branching.objects.bulk_create(
        [
            Branching(section=new[row.section_id], keys=row.keys, goto=new[row.goto_id] if row.goto_id else None)
            for row in branchings
        ]
    )
    return sealed


def _copy(node: SectionTemplate, sealed: Survey) -> Section:
    return Section(survey=sealed, section_template=node, **{name: getattr(node, name) for name in COPIED})
