"""`python -m tools.cross_tenant`: the places that may look across organizations; any other fails `make lint`."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
APPS = ("accounts", "contacts", "notifications", "surveys", "calendars", "appointments", "simulator", "demo", "config")
# Each says `unscoped()`, `system()` or `_base_manager`, which see every organization's rows.
CROSS_TENANT = {"unscoped", "system", "_base_manager"}

# File: why it may.
ALLOWED = {
    "accounts/engine/audit_actor.py": "a channel of changes has that name; reads no row",
    "accounts/tenancy.py": "defines the wall",
    "accounts/wall.py": "defines the wall",
    "accounts/admin/cross_tenant.py": "shows platform administrators who belongs to which organization",
    "accounts/services/idempotency.py": "deletes expired responses of all organizations",
    "accounts/services/keys.py": "finds a key before the organization is known",
    "accounts/services/members.py": "asks in which organizations a person is",
    "accounts/services/audit_chain.py": "asks which organizations' audit trails have entries to chain",
    "accounts/services/signin.py": "finds a person's memberships before the organization is known",
    "accounts/services/support.py": "finds a person's accesses before the organization is known",
    "accounts/services/tokens.py": "finds a token's issuer before the organization is known",
    "appointments/services/slot_holds.py": "what has expired is deleted in all organizations at once",
    "appointments/admin/visit_forms.py": "an empty list for a form that is declared where there is no tenant",
    "appointments/management/commands/doctor.py": "counts what is overdue, and shows no content",
    "calendars/services/event_rows.py": "completes events of all organizations whose time has passed",
    "calendars/services/exchange/feed_addresses.py": "finds the calendar of a secret feed address",
    "calendars/services/alarms/alarm_queueing.py": "puts due alarms of all organizations into the outbox",
    "calendars/services/closures/closure_effects.py": "reads when the clinics of expanded series are open",
    "calendars/services/series/expansion.py": "scans for series to expand, of all organizations",
    "calendars/services/worker_turns.py": "finds imports and closures of all organizations that no worker is at",
    "config/settings/base.py": "draws the OpenAPI description where there is no tenant; reads no row",
    "contacts/services/crm_csv_import.py": "asks whether another organization has the UUID of a row",
    "notifications/services/receipt_lookup.py": "asks after messages without a receipt, of all organizations",
    "notifications/services/claims.py": "claims due deliveries of all organizations",
    "notifications/services/dispatch.py": "sends what was claimed of all organizations",
    "notifications/services/gateways.py": "finds the gateway of a secret callback address",
    "notifications/services/inbound_processing.py": "takes stored callbacks of all organizations in turn",
    "notifications/services/gateway_limits.py": "keeps the rate and the breaker of claimed gateways",
    "notifications/services/message_preparation.py": "reads the wordings of a claimed batch",
    "notifications/services/reconcile.py": "settles doubts of all organizations",
}


def find_uses(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and name of every place in a module that looks across organizations."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in CROSS_TENANT:
            yield node.lineno, node.attr
        elif isinstance(node, ast.Name) and node.id in CROSS_TENANT:
            yield node.lineno, node.id
        elif isinstance(node, ast.Constant) and node.value in CROSS_TENANT and isinstance(node.value, str):
            yield node.lineno, node.value


def unlisted_uses(root: Path = ROOT) -> list[str]:
    """Return `file:line: name` for each use outside the list, and each listed file without a use."""
    found, used = [], set()
    for app in APPS:
        for file in sorted((root / app).rglob("*.py")):
            name = file.relative_to(root).as_posix()
            if "/tests/" in name or "/migrations/" in name:
                continue
            for line, use in find_uses(file.read_text()):
                used.add(name)
                if name not in ALLOWED:
                    found.append(f"{name}:{line}: {use}")
    return found + [f"{name}: is listed, but has no such use" for name in ALLOWED if name not in used]


def main() -> int:
    """Print unlisted uses; the exit status is 1 when there are any."""
    found = unlisted_uses()
    for complaint in found:
        print(complaint)
    if found:
        print("Only the places listed in tools/cross_tenant.py may look across organizations; each with its reason.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
