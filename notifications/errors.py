"""What can go wrong when messages leave and come in."""

from config.kernel.errors import Conflict, Denied, Invalid
from config.kernel.redaction import masked


class MessageNotRetryable(Conflict):
    """Only a message that failed, was skipped or was set aside can be tried again."""

    code = "not_retryable"


class NoLongerUseful(Conflict):
    """It is too late for this message to be of any use."""

    code = "no_longer_useful"


class BadPayload(Invalid):
    """The body is not what the provider's documents describe."""

    code = "bad_payload"


class BadAddress(Invalid):
    """This address may not be called."""

    code = "bad_address"


class BadConfiguration(Invalid):
    """The gateway's configuration does not fit its provider."""

    code = "bad_configuration"


class BadSignature(Denied):
    """The request does not carry the provider's signature."""

    code = "bad_signature"


class MethodNotTaken(Invalid):
    """The provider does not push by this method."""

    code = "method_not_allowed"


class DeliveryError(Exception):
    """A provider did not take a message; `code` is stable, `detail` holds the provider's words."""

    def __init__(self, code: str, detail: str = "", *, retry_after: float = 0) -> None:
        self.code = code[:40]
        # Providers repeat the number that they were given.
        self.detail = masked(detail)[:300]
        self.retry_after = retry_after
        super().__init__(f"{code}: {self.detail}")


class PermanentFailure(DeliveryError):
    """A definite no that will not change; nothing was sent."""


class TemporaryFailure(DeliveryError):
    """A definite no for now; nothing was sent."""


class Suppressed(DeliveryError):
    """The provider refuses because the recipient opted out; nothing was sent."""


class Ambiguous(DeliveryError):
    """The provider may or may not have taken it."""


class GatewayRefused(Conflict):
    """The provider refused the gateway's account or its callback address."""

    code = "gateway_refused"
