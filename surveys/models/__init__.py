"""Voice applications: what people edit, what is sealed, recordings, calls and their results."""

from surveys.models.audio import AudioFile
from surveys.models.calls import CallRequest, Result
from surveys.models.sections import Branching, BranchingTemplate, Section, SectionTemplate
from surveys.models.surveys import Survey, SurveyTemplate

__all__ = [
    "AudioFile",
    "Branching",
    "BranchingTemplate",
    "CallRequest",
    "Result",
    "Section",
    "SectionTemplate",
    "Survey",
    "SurveyTemplate",
]
