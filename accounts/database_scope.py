"""For whom this code works right now: one organization, the system's scans, or nobody. Known to the database too."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property

from config.kernel import database_roles


@dataclass(frozen=True)
class Scope:
    """An organization's id, or a database role that stands in for all of them."""

    organization: int | None = None
    role: str = "none"  # PostgreSQL's word for the role that signed in

    @cached_property
    def sql(self) -> str:
        """Return the statement that tells PostgreSQL, for the length of a transaction."""
        organization = "" if self.organization is None else int(self.organization)
        return (
            f"SELECT set_config('role', '{self.role}', true), "
            f"set_config('punctual.organization', '{organization}', true); "
        )


NOBODY = Scope()
SYSTEM = Scope(role=database_roles.SYSTEM)
_current: ContextVar[Scope] = ContextVar("scope", default=NOBODY)


def current() -> Scope:
    """Return the scope of this thread or task."""
    return _current.get()


@contextmanager
def entered(scope: Scope) -> Iterator[None]:
    """Work in a scope: all statements inside see its rows, also of querysets that were built outside."""
    token = _current.set(scope)
    try:
        yield
    finally:
        _current.reset(token)
