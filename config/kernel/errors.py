"""Families of errors; each app derives its own, with a stable code."""

from typing import ClassVar

from config.kernel import text


class PunctualError(Exception):
    """Something that a caller can understand and act upon; the docstring is the default message.

    The docstrings of its families and their errors are in the catalogues of languages.
    """

    code: ClassVar[str] = "error"

    def __init__(self, message: str = "", *, field: str = "", **details: object) -> None:
        self.sentence = message or text.Sentence((self.__doc__ or "").strip())
        self.field = field
        self.details = details
        super().__init__(self.sentence)

    @property
    def message(self) -> str:
        """Return what went wrong, in the language that is active now."""
        return text.told(self.sentence)


class Invalid(PunctualError):
    """The request does not fit; it names the field, the value and the way out (400)."""

    code = "invalid"


class Missing(PunctualError):
    """There is no such thing, or it belongs to somebody else (404)."""

    code = "not_found"


class Conflict(PunctualError):
    """The thing is not in a state in which this can be done (409)."""

    code = "conflict"


class ExternalIdTaken(Conflict):
    """Another one has that external id already."""

    code = "external_id_taken"


class Outdated(PunctualError):
    """The thing was changed since the caller read it (412)."""

    code = "outdated"


class Denied(PunctualError):
    """The caller may not do this (403)."""

    code = "permission_denied"


class Throttled(PunctualError):
    """The caller asks too often (429)."""

    code = "throttled"

    def __init__(self, message: str = "", *, retry_after: int = 1, field: str = "", **details: object) -> None:
        super().__init__(message, field=field, **details)
        self.retry_after = retry_after
