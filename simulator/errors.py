"""What the carrier refuses, and why."""

from config.kernel.errors import Invalid, Missing


class BadField(Invalid):
    """A field of the request does not fit."""

    code = "invalid"


class NobodyThere(Invalid):
    """There is no number that this phone could answer to."""

    code = "nobody_there"


class NoSuchMessage(Missing):
    """The carrier has no such message."""

    code = "not_found"
