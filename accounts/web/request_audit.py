"""Audit entries made from requests: refused ones, and all requests under a support access."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from rest_framework.permissions import SAFE_METHODS

from accounts import principal, tenancy
from accounts.engine import audit_actor
from accounts.engine.audit_actor import Actor
from accounts.models import RateCounter, Via
from accounts.services import audit, keys, limits, lockout
from accounts.services.limits import Limit, Permit

# A program that is refused goes on asking: so many of its refusals a minute are written down.
REFUSALS = Limit(RateCounter.Purpose.AUDIT, 10, timedelta(minutes=1))


def actor(request: HttpRequest) -> Actor:
    """Return the actor of a request."""
    found, there = principal.find(request), anonymous_actor(request)
    if found:
        return replace(there, via=found.via, identity=found.identity, name=found.name)
    if request.user.is_authenticated:
        return replace(there, via=Via.SESSION, identity=f"user:{request.user.pk}", name=request.user.get_username())
    return there


def anonymous_actor(request: HttpRequest) -> Actor:
    """Return the actor of a request that is not authenticated."""
    agent = audit_actor.clean_agent(request.headers.get("User-Agent", ""))
    return Actor(via=Via.NOBODY, address=lockout.client_address(request), agent=agent)


def record(request: HttpRequest, response: HttpResponse) -> None:
    """Record denied requests and all requests under a support access; outside the view's transaction."""
    found, who = principal.find(request), audit.actor()
    facts: dict[str, Any] = {"method": request.method, "status": response.status_code}
    if found and found.access:
        audit.record("read" if request.method in SAFE_METHODS else "write", subject=_route(request), **facts)
    elif response.status_code == 403 and who.identity and _is_within_limit(who.identity):
        audit.record("denied", subject=_route(request), **facts)


def record_refused_key(request: HttpRequest) -> None:
    """Record the use of a revoked key or a wrong secret; unknown keys belong to no organization's trail."""
    _, _, text = request.headers.get("Authorization", "").strip().partition(" ")
    key = keys.find_any(text.strip())
    if key and _is_within_limit(f"key:{key.pk}"):
        with tenancy.tenant(key.organization_id), audit.acting(actor(request)):
            audit.record("refused", key)


def _is_within_limit(identity: str) -> bool:
    return isinstance(limits.acquire(REFUSALS, f"{tenancy.current_id()}:{identity}"), Permit)


def _route(request: HttpRequest) -> tuple[str, str]:
    """Return the name of the route and the id in it; never the query, in which patients' names may stand."""
    match = request.resolver_match
    if not match:
        return "", ""
    number = next((str(match.kwargs[name]) for name in ("pk", "object_id", "id") if name in match.kwargs), "")
    return match.view_name or "", number
