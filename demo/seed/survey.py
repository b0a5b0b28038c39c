"""The demo's survey: what a call says of a visit; calls themselves come later."""

from accounts.models import User
from surveys.engine.states import SectionType
from surveys.models import BranchingTemplate, Survey, SurveyTemplate
from surveys.services import sealed_surveys, sections


def ensure(name: str, *, owner: User) -> Survey:
    """Return the sealed survey of a clinic; the first time it is written and sealed."""
    known = Survey.objects.filter(name=name).first()
    return known or sealed_surveys.seal(_template(name, owner))


def _template(name: str, owner: User) -> SurveyTemplate:
    template = SurveyTemplate.objects.create(name=name, user=owner, description="Reminds of a visit and asks.")
    hello = sections.create(template, question="Hello {first_name}, you have an appointment on {when}.")
    ask = sections.create(
        template,
        type=SectionType.RATING_QUESTION,
        question="Press 1 to confirm, 2 to cancel, 3 for another time.",
        rating_laps=3,
    )
    bye = sections.create(template, type=SectionType.HANGUP, question="Thank you, goodbye.")
    sections.create_branching(hello.branchings.get(), goto=ask)
    sections.create_branching(ask.branchings.get(), goto=ask)
    sections.create_branching(BranchingTemplate(section=ask), keys="any", goto=bye)
    return template
