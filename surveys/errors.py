"""What can go wrong with voice applications."""

from config.kernel.errors import Conflict, Invalid


class EmptySurvey(Conflict):
    """The survey has no section yet, so that a call would say nothing; add one first."""

    code = "empty_survey"


class UnplayableSurvey(Conflict):
    """A call could not play this survey."""

    code = "unplayable_survey"


class OtherSurvey(Invalid):
    """A branching stays inside its survey: the section belongs to another one."""

    code = "other_survey"


class BadKeys(Invalid):
    """The keys of a branching are digits, or one of any, invalid and timeout."""

    code = "bad_keys"


class KeysTaken(Invalid):
    """The section has a branching with these keys already."""

    code = "keys_taken"


class BadRange(Invalid):
    """The lowest number must not be above the highest."""

    code = "bad_range"


class NoAudio(Invalid):
    """The file is no recording that can be played: send WAV, MP3 or Ogg."""

    code = "no_audio"
