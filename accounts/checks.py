"""Checks that Django runs: a tenant model without its wall is an error."""

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from accounts import wall
from accounts.tenancy import TenantOwned


@register()
def tenant_models_are_owned(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Name models that carry an organization but do not inherit the wall's base."""
    return [
        Error(
            f"{model._meta.label} has an organization but does not inherit TenantOwned.", id="accounts.E002", obj=model
        )
        for model in apps.get_models()
        if wall.is_tenant(model) and not issubclass(model, TenantOwned)
    ]


@register()
def references_are_keys(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Name relations that neither Django nor the wall makes the database check."""
    return [
        Error(
            f"{model._meta.label}.{field.name} has no key, and no composite one stands in for it.",
            hint="Leave db_constraint as it is, or require a relation to a tenant's row.",
            id="accounts.E004",
            obj=model,
        )
        for model in apps.get_models()
        for field in wall.unchecked_references(model)
    ]


@register(Tags.database)
def tenant_tables_have_keys(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Name tenant models whose tables lack a composite key (`check --database default`)."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        for model in filter(wall.is_tenant, apps.get_models()):
            found += [
                Error(
                    f"{model._meta.label} lacks {name}.",
                    hint=f'End its migration with Wall("{model._meta.app_label}").',
                    id="accounts.E001",
                    obj=model,
                )
                for name in wall.missing_constraints(list(wall.tenant_constraints(model)), connections[alias])
            ]
    return found


@register(Tags.database)
def tenant_tables_are_guarded(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Name tenant models whose tables lack forced row-level security (`check --database default`)."""
    models = {model._meta.db_table: model for model in filter(wall.is_tenant, apps.get_models())}
    return [
        Error(
            f"{models[table]._meta.label} lacks its policies.",
            hint=f'End its migration with Wall("{models[table]._meta.app_label}").',
            id="accounts.E003",
            obj=models[table],
        )
        for alias in databases or ()
        for table in wall.unprotected_tables(list(models), connections[alias])
    ]
