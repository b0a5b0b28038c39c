"""Migrations that say what the database has to know, and import nothing of ours.

Words for people, validators, choices and managers change without a change of any table; enums, fields and functions of
ours are written as what PostgreSQL stores and calls. A migration runs as it was written, whatever becomes of the code.
"""

from enum import Enum
from typing import Any

from django.db import models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import Func, Q
from django.utils.module_loading import import_string

# Attributes that are not in the database.
UNSTORED_ARGUMENTS = ("verbose_name", "help_text", "validators", "choices", "error_messages", "editable")
UNSTORED_OPTIONS = ("verbose_name", "verbose_name_plural", "ordering", "permissions", "default_permissions")


class StoredStateAutodetector(MigrationAutodetector):
    """Compares what tables hold, and writes it in Django's own words."""

    def __init__(self, from_state: ProjectState, to_state: ProjectState, *args: Any, **kwargs: Any) -> None:
        for state in (from_state, to_state):
            for model in state.models.values():
                _reduce(model)
        super().__init__(from_state, to_state, *args, **kwargs)


def _reduce(model: ModelState) -> None:
    """Take from a model's state what tables do not hold."""
    model.fields = {name: _stored(field) for name, field in model.fields.items()}
    model.managers = []
    for option in UNSTORED_OPTIONS:
        model.options.pop(option, None)
    for kind in ("constraints", "indexes"):
        model.options[kind] = [_plain(each) for each in model.options.get(kind, [])]


def _stored(field: Any) -> Any:
    """Return a field of Django's that stores the same."""
    _, path, args, kwargs = field.deconstruct()
    kept = {name: _plain(value) for name, value in kwargs.items() if name not in UNSTORED_ARGUMENTS}
    if callable(kept.get("default")) and not kept["default"].__module__.startswith(("django.", "uuid", "builtins")):
        del kept["default"]
    if field.remote_field:
        # A swapped user model has to stay a setting.
        kept["to"] = kwargs["to"]
    base = next(each for each in type(field).__mro__ if each.__module__.startswith("django."))
    # A field of Django's own may have another path than its class, such as `models.CharField`.
    return (import_string(path) if base is type(field) else base)(*args, **kept)


def _plain(value: Any) -> Any:
    """Return a value without enums, functions and conditions of ours."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, models.BaseConstraint | models.Index):
        path, args, kwargs = value.deconstruct()
        return import_string(path)(*map(_plain, args), **{name: _plain(each) for name, each in kwargs.items()})
    if isinstance(value, Q):
        path, args, kwargs = value.deconstruct()
        return Q(*map(_plain, args), **{name: _plain(each) for name, each in kwargs.items()})
    if isinstance(value, Func) and not type(value).__module__.startswith("django."):
        return Func(function=value.function, template=value.template, output_field=value.output_field)
    if isinstance(value, list | tuple):
        return type(value)(map(_plain, value))
    return value
