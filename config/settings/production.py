"""Settings of production: no default secret, HTTPS only, without the simulator and the demo."""

from django.core.exceptions import ImproperlyConfigured

from config.settings.base import *
from config.settings.base import (
    ALLOWED_HOSTS,
    CELERY_BROKER_URL,
    DATABASE_URL,
    FIELD_ENCRYPTION_KEY,
    PUBLIC_URL,
    SECRET_KEY,
    TRUSTED_PROXIES,
    env,
)

_missing = [
    name
    for name, value in {
        "SECRET_KEY": SECRET_KEY,
        "FIELD_ENCRYPTION_KEY": FIELD_ENCRYPTION_KEY,
        "ALLOWED_HOSTS": ALLOWED_HOSTS,
        "DATABASE_URL": DATABASE_URL,
        "CELERY_BROKER_URL": CELERY_BROKER_URL,
    }.items()
    if not value
]
if _missing:
    raise ImproperlyConfigured(f"Set {', '.join(_missing)} (docs/operator.md says how).")
if not PUBLIC_URL.startswith("https://"):
    raise ImproperlyConfigured("PUBLIC_URL must begin with https:// in production.")

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31536000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", default=True)
SESSION_COOKIE_SECURE = True
SUPERUSER_SECOND_FACTOR = env.bool("SUPERUSER_SECOND_FACTOR", default=True)
CSRF_COOKIE_SECURE = True
# Anybody can send this header; it counts where a proxy is known to write it. X-Forwarded-Host never does.
if TRUSTED_PROXIES > 0:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
