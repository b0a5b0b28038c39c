"""Settings that hold everywhere; every environment variable is read here and listed in docs/operator.md."""

import os
from pathlib import Path

import environ
from celery.schedules import crontab

from config.kernel import timeouts
from config.kernel.http import crm_service
from config.settings import oidc
from config.settings.admin_theme import UNFOLD as UNFOLD

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parents[2]
DATA_DIR = Path(env("DATA_DIR", default="") or BASE_DIR / ".data").resolve()
# A running demo leaves its addresses there, so that `manage.py` finds its database.
DEMO_FILE = DATA_DIR / "env"
if "DATABASE_URL" not in os.environ and DEMO_FILE.exists():
    env.read_env(DEMO_FILE)

SECRET_KEY = env("SECRET_KEY", default="")
# Comma-separated Fernet keys; the first encrypts, all decrypt.
FIELD_ENCRYPTION_KEY = env("FIELD_ENCRYPTION_KEY", default="")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
PUBLIC_URL = env("PUBLIC_URL", default="http://127.0.0.1:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
DEBUG = False

DATABASE_URL = env("DATABASE_URL", default="")
DATABASE_OWNER_URL = env("DATABASE_OWNER_URL", default=DATABASE_URL)
# A superuser's address; only `manage.py setup_roles` uses it.
DATABASE_ADMIN_URL = env("DATABASE_ADMIN_URL", default="")


# Seconds that a statement, a wait for a lock and an idle transaction may take, so that none holds up the others.
DATABASE_LIMITS = {
    "statement": env.float("DATABASE_STATEMENT_LIMIT", default=15),
    "lock": env.float("DATABASE_LOCK_LIMIT", default=10),
    "idle": env.float("DATABASE_IDLE_LIMIT", default=60),
}
# Workers do more at once; still less than what a task may take in all.
WORKER_DATABASE_LIMITS = {"statement": 50, "lock": 30, "idle": 60}


def database(url: str, **limits: float) -> dict[str, object]:
    """Return Django's settings of a `postgres://` address (`?host=` names a socket folder)."""
    if not url:
        return {"ENGINE": "django.db.backends.postgresql", "NAME": "punctual"}
    config = {**environ.Env.db_url_config(url), "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    if limits:
        config["OPTIONS"] = {**config.get("OPTIONS", {}), "options": timeouts.options(**limits)}
    return config


# The application's role owns nothing; migrations run with the owner's.
DATABASES = {
    "default": {
        **database(DATABASE_URL, **DATABASE_LIMITS),
        # Tells PostgreSQL with each statement for which organization it is; a cursor on the server could not.
        "ENGINE": "accounts.postgres",
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "ATOMIC_REQUESTS": True,
        "TEST": {"MIRROR": "owner"},
    },
    "owner": {**database(DATABASE_OWNER_URL), "TEST": {"DEPENDENCIES": []}},
}

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",  # which leaves the choice of the site to us
    "unfold.contrib.filters",
    "config.kernel.admin.PunctualAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "corsheaders",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "accounts",
    "contacts",
    "notifications",
    "surveys",
    "calendars",
    "appointments",
]

MIDDLEWARE = [
    "config.kernel.http.request_id.RequestIdMiddleware",
    "config.kernel.http.security_headers.PolicyMiddleware",
    # Before anything looks at the headers, from which it takes its suffixes.
    "config.kernel.http.compression.CompressionMiddleware",
    "config.kernel.http.body_limit.BodyLimitMiddleware",
    "accounts.web.health_middleware.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.web.session_lifetime.SessionLifetimeMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.web.language_middleware.LanguageMiddleware",
    "accounts.middleware.PrincipalMiddleware",
    "accounts.web.timezone_middleware.AdminZoneMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.kernel.http.commit_errors.CommitErrorMiddleware",
    # The last: what it wraps happens in one transaction with the answer that it keeps.
    "accounts.idempotency_middleware.IdempotencyMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.web.context.support_context",
                "accounts.web.context.simulator",
            ]
        },
    }
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
# The trailing slash is optional everywhere: the resolver takes both, nothing redirects.
APPEND_SLASH = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["accounts.backends.PasswordBackend"]
LOGIN_REDIRECT_URL = "/"

# The pages of signing in are allauth's, without sign-up. Our lock-out decides how often a password is looked at.
ACCOUNT_ADAPTER = "accounts.web.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email", "username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Punctual: "
ACCOUNT_DEFAULT_HTTP_PROTOCOL = PUBLIC_URL.partition(":")[0]
ACCOUNT_AUTHENTICATED_LOGIN_REDIRECTS = False
ACCOUNT_SESSION_REMEMBER = False
# A person at somebody else's open session cannot change the address, and with it the password.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_RATE_LIMITS = {"login": None, "login_failed": None}
ACCOUNT_FORMS = {
    "login": "accounts.web.forms.LoginForm",
    "change_password": "accounts.web.forms.ChangePasswordForm",  # nosec B105 # a class
    "reset_password": "accounts.web.forms.ResetPasswordForm",  # nosec B105 # a class
}
MFA_ADAPTER = "accounts.web.adapters.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# Staff without an address of their own protect their account, too.
MFA_ALLOW_UNVERIFIED_EMAIL = True
# One step of half a minute either way, for phones whose clock is off; a code counts once all the same.
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "accounts.web.forms.CodeForm",
    "reauthenticate": "accounts.web.forms.RepeatedCodeForm",
    "activate_totp": "accounts.web.forms.FirstCodeForm",
}
# Whether platform administrators need a second factor.
SUPERUSER_SECOND_FACTOR = env.bool("SUPERUSER_SECOND_FACTOR", default=False)

# Sign-in with other identity providers: a JSON list (docs/operator.md).
OIDC_PROVIDERS = oidc.read(env("OIDC_PROVIDERS", default=""))
SOCIALACCOUNT_ADAPTER = "accounts.web.adapters.ProviderAdapter"
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": OIDC_PROVIDERS, "OAUTH_PKCE_ENABLED": True}}
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True

# Seconds after which a session ends: without anybody doing anything, and in any case.
SESSION_IDLE = env.int("SESSION_IDLE", default=7200)
SESSION_COOKIE_AGE = env.int("SESSION_ABSOLUTE", default=43200)

# Pages of other origins that may call the REST interface from a browser; with a key, never with a session.
CORS_ALLOWED_ORIGINS = env.list("CORS_ALLOWED_ORIGINS", default=[])
CORS_URLS_REGEX = rf"^/(rest-api|{'|'.join(crm_service.COLLECTIONS)}|reminder|asapcomms)(/|$)"
CORS_ALLOW_HEADERS = [
    "accept",
    "authorization",
    "content-type",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "x-organization",
    "x-request-id",
]
CORS_EXPOSE_HEADERS = [
    "Content-Location",
    "ETag",
    "Idempotent-Replayed",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "X-Request-ID",
]

# E-mail about accounts (resetting a password, news about a second factor); messages to patients leave through gateways.
vars().update(env.email_url("EMAIL_URL", default="dummymail://"))
EMAIL_TIMEOUT = 10
PASSWORD_RESET_TIMEOUT = 3600
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="Punctual <no-reply@localhost>")

# Wrong passwords until none is looked at any more, counted over so many seconds; then a pause.
LOCKOUT_ACCOUNT_TRIES = env.int("LOCKOUT_ACCOUNT_TRIES", default=5)
LOCKOUT_ADDRESS_TRIES = env.int("LOCKOUT_ADDRESS_TRIES", default=50)
LOCKOUT_WINDOW = env.int("LOCKOUT_WINDOW", default=900)
LOCKOUT_PAUSE = env.int("LOCKOUT_PAUSE", default=900)
# How many proxies in front add to X-Forwarded-For; with none the header is not believed.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)

# The languages of people who work with Punctual; what patients read is in languages of its own.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("fr", "Français"), ("de", "Deutsch"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = ["config.formats"]
STATIC_URL = "/static/"
STATIC_ROOT: Path | None = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.PrincipalAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.permissions.RolePermission"],
    "DEFAULT_RENDERER_CLASSES": [
        "rest_framework.renderers.JSONRenderer",
        "config.kernel.api.browsable.BrowsableRenderer",
    ],
    "DEFAULT_PAGINATION_CLASS": "config.kernel.api.lists.PageNumbers",
    "DEFAULT_FILTER_BACKENDS": [
        "accounts.api.filters.TenantFilterBackend",
        "rest_framework.filters.SearchFilter",
        "config.kernel.api.lists.StableOrdering",
    ],
    "DEFAULT_PARSER_CLASSES": [
        "config.kernel.api.parsers.StrictJSONParser",
        "config.kernel.api.parsers.StrictFormParser",
        "config.kernel.api.parsers.StrictMultiPartParser",
    ],
    "DEFAULT_SCHEMA_CLASS": "accounts.api.schema.ConditionalSchema",
    "EXCEPTION_HANDLER": "config.kernel.api.error_responses.exception_handler",
}

# As in pyproject.toml and CHANGELOG.md; a test holds the three together.
VERSION = "0.9.0"
SPECTACULAR_SETTINGS = {
    "TITLE": "Punctual",
    "DESCRIPTION": "Appointments and reminders for clinics.",
    "VERSION": VERSION,
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/rest-api",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    # Schemas are drawn where there is no tenant; nothing is read through it.
    "DEFAULT_QUERY_MANAGER": "_base_manager",
    # The older contact service's paths have a description of their own: /docs/swagger.json.
    "PREPROCESSING_HOOKS": ["accounts.api.schema.leave_out_crm_service"],
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "accounts.api.schema.describe"],
    # What is not named here is called like its field: `Role`, `Weekday`.
    "ENUM_SUFFIX": "",
    "ENUM_NAME_OVERRIDES": {
        "EventStatus": "calendars.api.serializers.EVENT_STATUS",
        "AlarmStatus": "calendars.api.alarm_serializers.ALARM_STATUS",
        "CallStatus": "surveys.api.serializers.CALL_STATUS",
        "AlarmMethod": "appointments.api.serializers.METHODS",
        "AppointmentStatus": "appointments.api.serializers.STATUS",
        "GatewayStatus": "notifications.models.Gateway.Status",
        "RunState": "calendars.api.ical_files.RUN_STATE",
        "FeedDetail": "calendars.models.feeds_and_imports.DETAIL",
        "StaffItemKind": "notifications.models.StaffItem.Reason",
        "PatientIntent": "notifications.models.inbound.INTENT",
        "ReplyTextKey": "notifications.models.templates.WORDING",
        "SectionKind": "surveys.api.serializers.SECTION_TYPE",
        "SignInMethod": "accounts.models.Via",
        "KeyScope": "accounts.engine.roles.SCOPES",
        "NoteType": "appointments.models.AppointmentNote.Type",
        "NotificationState": "appointments.api.record_serializers.STATE",
    },
}

CELERY_BROKER_URL = env("CELERY_BROKER_URL", default="")
# A web request that wakes a worker must not wait for a broker that is down.
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {"socket_connect_timeout": 1}
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_CONCURRENCY = env.int("WORKER_CONCURRENCY", default=2)
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Hard limit below the lease, so that a stuck task cannot outlive its claim.
CELERY_TASK_SOFT_TIME_LIMIT = 45
CELERY_TASK_TIME_LIMIT = 55
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")

# Seconds between two ticks of the periodic tasks.
TICK_EXPAND = env.float("TICK_EXPAND", default=60)
TICK_PLAN = env.float("TICK_PLAN", default=2)
TICK_RESUME = env.float("TICK_RESUME", default=10)
TICK_DISPATCH = env.float("TICK_DISPATCH", default=1)
TICK_RECONCILE = env.float("TICK_RECONCILE", default=5)
CELERY_BEAT_SCHEDULE = {
    name: {"task": name, "schedule": seconds, "options": {"expires": max(seconds, 5)}}
    for name, seconds in {
        "calendars.expand": TICK_EXPAND,
        "calendars.plan": TICK_PLAN,
        "calendars.resume": TICK_RESUME,
        "notifications.dispatch": TICK_DISPATCH,
        "notifications.reconcile": TICK_RECONCILE,
        "notifications.process_inbound": TICK_RECONCILE,
        "accounts.forget_idempotency": 3600,
        "accounts.forget_rate_counters": 3600,
        "accounts.forget_sessions": 3600,
        "appointments.forget_holds": 600,
        "accounts.chain_audit": 10,
        "accounts.mark_transactions": 30,
    }.items()
}
# At night by UTC; what is not finished in time is continued at once.
CELERY_BEAT_SCHEDULE["calendars.close_all"] = {"task": "calendars.close_all", "schedule": crontab(hour=2, minute=13)}
CELERY_BEAT_SCHEDULE["calendars.recompute_zones"] = {
    "task": "calendars.recompute_zones",
    "schedule": crontab(hour=2, minute=43),
}
CELERY_BEAT_SCHEDULE["contacts.retain"] = {"task": "contacts.retain", "schedule": crontab(hour=3, minute=17)}

# The outbox (docs/architecture.md), in seconds. Settle must exceed call timeout plus the provider's record lag.
OUTBOX_BATCH = env.int("OUTBOX_BATCH", default=200)
OUTBOX_CONCURRENCY = env.int("OUTBOX_CONCURRENCY", default=50)
OUTBOX_LEASE = env.float("OUTBOX_LEASE", default=60)
OUTBOX_CALL_TIMEOUT = env.float("OUTBOX_CALL_TIMEOUT", default=10)
OUTBOX_START_LIMIT = env.float("OUTBOX_START_LIMIT", default=2)
OUTBOX_SETTLE = env.float("OUTBOX_SETTLE", default=20)
OUTBOX_LOOKUP_PAUSE = env.float("OUTBOX_LOOKUP_PAUSE", default=30)
# After so long without a receipt the provider is asked, and twice more at doubled distances.
OUTBOX_RECEIPT_PATIENCE = env.float("OUTBOX_RECEIPT_PATIENCE", default=600)
OUTBOX_RETRY_BASE = env.float("OUTBOX_RETRY_BASE", default=30)
OUTBOX_RETRY_CAP = env.float("OUTBOX_RETRY_CAP", default=3600)
OUTBOX_MAX_CLAIMS = 3
# Days of occurrences kept ready, beyond the longest notice of a series' alarms.
HORIZON_DAYS = env.int("HORIZON_DAYS", default=35)
# Seconds after which an import, or closures, go on whose worker is not heard of; longer than a task may take.
RUN_LEASE = env.float("RUN_LEASE", default=60)
# Closures and opening hours that concern more events are applied by a worker.
CLOSURE_AT_ONCE = env.int("CLOSURE_AT_ONCE", default=500)
# Hosts (`host` or `host:port`) that may be called besides public ones: the simulator, an own mail server.
OUTGOING_ALLOWED = env.list("OUTGOING_ALLOWED", default=[])

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# Of a form with files, such as recordings of ten megabytes; they go to the disk, not into memory.
UPLOAD_MAX_SIZE = 11 * 1024 * 1024
# Of a calendar's file, which a worker imports.
IMPORT_MAX_SIZE = env.int("IMPORT_MAX_SIZE", default=104857600)

# Records and reports without patient data.
LOGGING_CONFIG = "config.kernel.redaction.configure"
DEFAULT_EXCEPTION_REPORTER = "config.kernel.redaction.Reporter"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"}},
    "filters": {"request_id": {"()": "config.kernel.http.request_id.RequestIdFilter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["request_id"]}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
    # Three lines a second for ticks that found nothing to do would hide everything else.
    "loggers": {name: {"level": "WARNING"} for name in ("celery.app.trace", "celery.worker.strategy", "celery.beat")},
}
