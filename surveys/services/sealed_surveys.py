"""Sealed surveys: unchangeable copies for calls and their reports."""

from collections import defaultdict

from django.db import transaction

from config.kernel import text
from surveys.engine import playability
from surveys.engine.playability import PlayedSection
from surveys.errors import EmptySurvey, UnplayableSurvey
from surveys.models import Branching, BranchingTemplate, Section, SectionTemplate, Survey, SurveyTemplate
from surveys.models.sections import SectionFields

COPIED = [field.attname for field in SectionFields._meta.fields]


@transaction.atomic
def seal(template: SurveyTemplate, *, name: str = "") -> Survey:
    """Copy a survey template with its sections and branchings; each call makes a new copy.

    Raises `EmptySurvey`, and `UnplayableSurvey` with the reasons why no call could play it.
    """
    # Nobody adds a node or a branching meanwhile.
    nodes = list(template.sections.select_for_update(of=("self",)).order_by("order", "pk"))
    if not nodes:
        raise EmptySurvey
    branchings = list(BranchingTemplate.objects.filter(section__in=nodes).order_by("pk"))
    _check(nodes, branchings)
    sealed = Survey.objects.create(
        name=name or template.name,
        description=template.description,
        tts_language=template.tts_language or "en",
        template=template,
    )
    copies = Section.objects.bulk_create([_copy(node, sealed) for node in nodes])
    new = {node.pk: copy for node, copy in zip(nodes, copies, strict=True)}
    Branching.objects.bulk_create(
        [
            Branching(section=new[row.section_id], keys=row.keys, goto=new[row.goto_id] if row.goto_id else None)
            for row in branchings
        ]
    )
    return sealed


def _check(nodes: list[SectionTemplate], branchings: list[BranchingTemplate]) -> None:
    keys: dict[int, list[str]] = defaultdict(list)
    for row in branchings:
        keys[row.section_id].append(row.keys)
    found = playability.problems(_played(node, tuple(keys[node.pk])) for node in nodes)
    if found:
        raise UnplayableSurvey(" ".join(text.told(reason) for reason in found))


def _played(node: SectionTemplate, keys: tuple[str, ...]) -> PlayedSection:
    return PlayedSection(
        order=node.order,
        type=node.type,
        question=node.question,
        is_heard=bool((node.script or "").strip() or node.audiofile_id),
        labels=frozenset(key for key in playability.KEYS if (getattr(node, f"key_{key}") or "").strip()),
        rating_laps=node.rating_laps,
        validate_number=node.validate_number,
        number_digits=node.number_digits,
        min_number=node.min_number,
        max_number=node.max_number,
        phonenumber=node.phonenumber or "",
        conference=(node.conference or "").strip(),
        sms_text=(node.sms_text or "").strip(),
        keys=keys,
    )


def _copy(node: SectionTemplate, sealed: Survey) -> Section:
    return Section(survey=sealed, section_template=node, **{name: getattr(node, name) for name in COPIED})
