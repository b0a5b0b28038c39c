"""What a gateway needs to send through a mail server."""

from django.utils.translation import gettext_lazy as _

from notifications.providers.base import Field

LABEL = _("SMTP (e-mail)")
FIELDS = (
    Field("username", _("User name"), is_secret=True),
    Field("password", _("Password"), is_secret=True),
)
