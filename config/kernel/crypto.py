"""Values encrypted at rest: authenticated (Fernet), with keys that live outside the database."""

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


def _keys() -> list[Fernet]:
    return _read(settings.FIELD_ENCRYPTION_KEY)


@lru_cache(maxsize=4)
def _read(text: str) -> list[Fernet]:
    keys = [key.strip() for key in text.split(",") if key.strip()]
    if not keys:
        raise ImproperlyConfigured("FIELD_ENCRYPTION_KEY is not set: make one with `manage.py make_key`.")
    return [Fernet(key) for key in keys]


def cipher() -> MultiFernet:
    """Return the cipher; the first key of FIELD_ENCRYPTION_KEY encrypts, all of them decrypt."""
    return MultiFernet(_keys())


def rotated(token: str) -> str:
    """Return a stored token under the first key, as it is when it is so already; raise InvalidToken for a lost key."""
    first, *_ = keys = _keys()
    try:
        first.decrypt(token.encode())
    except InvalidToken:
        return MultiFernet(keys).rotate(token.encode()).decode()
    return token


if TYPE_CHECKING:
    TextField = models.TextField[dict[str, Any], dict[str, Any]]
else:
    TextField = models.TextField


class EncryptedJSONField(TextField):
    """A JSON object that only the application can read; in the database it is a Fernet token, or empty."""

    def get_prep_value(self, value: Any) -> str:
        """Encrypt on the way in; an empty object holds no secret."""
        return cipher().encrypt(json.dumps(value).encode()).decode() if value else ""

    def from_db_value(self, value: str | None, expression: object, connection: object) -> dict[str, Any]:
        """Decrypt on the way out; a value under an unknown key is an error, never handed on as it is."""
        if not value:
            return {}
        try:
            return json.loads(cipher().decrypt(value.encode()))
        except InvalidToken as error:
            raise ImproperlyConfigured("A stored secret does not open with FIELD_ENCRYPTION_KEY.") from error

    def to_python(self, value: Any) -> Any:
        """Take an object, or its JSON text (forms)."""
        return json.loads(value) if isinstance(value, str) and value else (value or {})

    def value_to_string(self, obj: models.Model) -> str:
        """Never serialise the secret."""
        return "{}"
