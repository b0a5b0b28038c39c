"""What a gateway needs to send through Flowroute."""

from django.utils.translation import gettext_lazy as _

from notifications.providers.base import Field

LABEL = _("Flowroute (SMS)")
FIELDS = (
    Field("access_key", _("Access key"), is_secret=True),
    Field("secret_key", _("Secret key"), is_secret=True),
)
