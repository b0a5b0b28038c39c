"""Settings of the test suite: real PostgreSQL, short times, weak and fast password hashes."""

from config.settings.development import *
from config.settings.development import MIDDLEWARE, REST_FRAMEWORK

SECRET_KEY = "only-for-tests-" + "x" * 50
FIELD_ENCRYPTION_KEY = "kTf8Yb0gR3m3n8m7wJm2sYl2m4mVwXyYk5g0n4uQv1A="
ALLOWED_HOSTS = ["*"]
OUTGOING_ALLOWED = ["127.0.0.1", "localhost"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
REST_FRAMEWORK = {**REST_FRAMEWORK, "TEST_REQUEST_DEFAULT_FORMAT": "json"}
STATIC_ROOT = None
WHITENOISE_USE_FINDERS = True
# Look for a file when it is asked for; else every test client would read all of them first.
WHITENOISE_AUTOREFRESH = True
# A test may read rows of all organizations; its requests may not.
MIDDLEWARE = ["tests.unrestricted.NobodyFirst", *MIDDLEWARE]
