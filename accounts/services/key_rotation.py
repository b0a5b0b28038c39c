"""A new key for what is encrypted at rest: stored secrets are written anew, batch by batch, while everything runs."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.apps import apps
from django.db import connection, models, transaction
from django.db.models.functions import Cast

from accounts import tenancy
from accounts.models import Organization
from accounts.tenancy import TenantOwned
from config.kernel import crypto

BATCH = 200
FACTOR_SECRETS = ("secret", "seed")

# A change of the secret in the meantime wins; it was encrypted with the first key anyway.
WRITE = """
UPDATE {table} t SET {column} = v.new
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS v(id, old, new)
WHERE t.{key} = v.id AND t.{column} = v.old
"""


@dataclass
class RotationResult:
    """Counts of one field's stored values; `lost` ones cannot be decrypted with any known key."""

    label: str
    stored: int = 0
    rewritten: int = 0
    lost: int = 0


def rotate() -> list[RotationResult]:
    """Write every stored secret under the first key; safe to stop, to repeat, and to run beside everything else."""
    return [*(_rotate(model, field) for model, field in encrypted_fields()), _rotate_factors()]


def encrypted_fields() -> Iterator[tuple[type[models.Model], Any]]:
    """Yield every encrypted field with its model, found by its class."""
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.local_concrete_fields:
            if isinstance(field, crypto.EncryptedJSONField):
                yield model, field


def _rotate(model: type[models.Model], field: Any) -> RotationResult:
    count = RotationResult(f"{model._meta.label}.{field.name}")
    for place in _tenant_contexts(model):
        with place:
            last = 0
            while batch := _batch(model, field, last):
                _rewrite(model, field, batch, count)
                last = batch[-1][0]
    return count


def _rotate_factors() -> RotationResult:
    """Do the same to second factors, whose secrets are encrypted inside a JSON object (accounts.web.adapters)."""
    count = RotationResult("mfa.Authenticator.data")
    for pk in Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN).values_list("pk", flat=True):
        with transaction.atomic():
            # Held, because a recovery code may be crossed out at the same moment.
            row = Authenticator.objects.select_for_update().filter(pk=pk).first()
            if row:
                _rewrite_factor(row, count)
    return count


def _rewrite_factor(row: Authenticator, count: RotationResult) -> None:
    kept = {name: row.data[name] for name in FACTOR_SECRETS if name in row.data}
    count.stored += len(kept)
    try:
        new = {name: crypto.rotated(token) for name, token in kept.items()}
    except InvalidToken:
        count.lost += 1
        return
    if new != kept:
        row.data.update(new)
        row.save(update_fields=["data"])
        count.rewritten += len(new)


def _tenant_contexts(model: type[models.Model]) -> Iterator[Any]:
    """Yield the contexts in which all rows are seen: one for each organization, or one in all."""
    if not issubclass(model, TenantOwned):
        yield nullcontext()
        return
    for organization_id in Organization.objects.order_by("pk").values_list("pk", flat=True):
        yield tenancy.tenant(organization_id)


def _batch(model: type[models.Model], field: Any, last: int) -> list[tuple[int, str]]:
    # As text, so that the field does not open them.
    token = Cast(field.name, models.TextField())
    rows = model._default_manager.filter(pk__gt=last).annotate(token=token).order_by("pk")
    return list(rows.values_list("pk", "token")[:BATCH])


def _rewrite(model: type[models.Model], field: Any, batch: list[tuple[int, str]], count: RotationResult) -> None:
    changes = []
    for pk, token in batch:
        count.stored += bool(token)
        try:
            new = crypto.rotated(token) if token else token
        except InvalidToken:
            count.lost += 1
            continue
        if new != token:
            changes.append((pk, token, new))
    if changes:
        count.rewritten += _write(model, field, changes)


def _write(model: type[models.Model], field: Any, changes: list[tuple[int, str, str]]) -> int:
    quote = connection.ops.quote_name
    names = {
        "table": quote(model._meta.db_table),
        "column": quote(field.column),
        "key": quote(str(model._meta.pk.column)),
    }
    with connection.cursor() as cursor:
        cursor.execute(WRITE.format(**names), [list(column) for column in zip(*changes, strict=True)])
        return int(cursor.rowcount)
