"""Settings of the demo and of development: everything on this machine, with the phone simulator."""

from urllib.parse import urlsplit

from config.settings import kept_secrets
from config.settings.development import *
from config.settings.development import (
    DATA_DIR,
    FIELD_ENCRYPTION_KEY,
    OUTGOING_ALLOWED,
    PUBLIC_URL,
    SECRET_KEY,
    SIMULATOR_SMTP_PORT,
    env,
)

_kept = kept_secrets.load(DATA_DIR)
SECRET_KEY = SECRET_KEY or _kept["SECRET_KEY"]
FIELD_ENCRYPTION_KEY = FIELD_ENCRYPTION_KEY or _kept["FIELD_ENCRYPTION_KEY"]
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
OUTGOING_ALLOWED = [*OUTGOING_ALLOWED, urlsplit(PUBLIC_URL).netloc, f"127.0.0.1:{SIMULATOR_SMTP_PORT}"]
# Letters about accounts reach the simulator's mailboxes, too.
if not env("EMAIL_URL", default=""):
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST, EMAIL_PORT = "127.0.0.1", SIMULATOR_SMTP_PORT
# Files come straight from the apps: nothing to collect, one step less before the first page.
STATIC_ROOT = None
WHITENOISE_USE_FINDERS = True
