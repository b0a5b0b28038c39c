"""Organizations, people, keys and the audit trail in the admin; the base of every app's admin pages."""

from accounts.admin import audit_trail, keys, organizations

__all__ = ["audit_trail", "keys", "organizations"]
