"""JSON for scripts that drive the simulator: what arrived, an answer, the ledger, faults."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from config.kernel.errors import PunctualError
from simulator import addresses, carrier, faults
from simulator.errors import BadField
from simulator.models import CarrierMessage

MOST = 10_000
View = Callable[[HttpRequest], JsonResponse]


def script(view: View) -> View:
    """Answer 400 with the field and what is wrong with it."""

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest) -> JsonResponse:
        try:
            return view(request)
        except PunctualError as error:
            return JsonResponse({error.field or "detail": [error.message], "code": error.code}, status=400)

    return guarded


@script
@require_GET
def messages(request: HttpRequest) -> JsonResponse:
    """List what arrived on a phone or in a mailbox, newest last."""
    rows = carrier.arrived().filter(**_box(request)).order_by("-id")[:MOST]
    return JsonResponse([_shown(row) for row in reversed(rows)], safe=False)


@script
@require_POST
def reply(request: HttpRequest) -> JsonResponse:
    """Answer as a phone, to the number that wrote last or to the one named."""
    body = _body(request)
    phone = addresses.phone(body.get("phone"), field="phone")
    text = body.get("text")
    if not isinstance(text, str) or not text.strip():
        raise BadField("A text that is not empty is needed.", field="text")
    to = addresses.phone(body["to"], field="to") if body.get("to") else ""
    return JsonResponse(_shown(carrier.write(phone, text.replace("\x00", ""), to=to)), status=201)


@script
@require_GET
def ledger(request: HttpRequest) -> JsonResponse:
    """Show what the carrier accepted, oldest first; `next` continues as `?after=`."""
    totals = carrier.accepted().aggregate(
        total=Count("pk"), sms=Count("pk", filter=Q(channel="sms")), email=Count("pk", filter=Q(channel="email"))
    )
    limit = min(_whole(request, "limit", default=MOST), MOST)
    rows = list(carrier.accepted().filter(pk__gt=_after(request)).order_by("pk")[: limit + 1])
    shown = rows[:limit]
    more = shown[-1].public_id if shown and len(rows) > limit else None
    return JsonResponse({"totals": totals, "next": more, "messages": [_entry(row) for row in shown]})


@script
@require_http_methods(["GET", "POST"])
def fault_settings(request: HttpRequest) -> JsonResponse:
    """Show or set which faults the carrier has."""
    if request.method == "POST":
        body = _body(request)
        found = faults.put(rate=body.get("rate"), kinds=body.get("kinds", []))
    else:
        found = faults.current()
    known = {kind.value: words for kind, words in faults.WORDS.items()}
    return JsonResponse({"rate": found.rate, "kinds": list(found.kinds), "known": known})


def _box(request: HttpRequest) -> dict[str, str]:
    if "phone" in request.GET:
        return {"channel": "sms", "recipient": addresses.phone(request.GET["phone"], field="phone")}
    if "email" in request.GET:
        return {"channel": "email", "recipient": addresses.mail(request.GET["email"], field="email")}
    raise BadField("Say whose messages: ?phone=+15551234567 or ?email=ana@example.org.", field="phone")


def _shown(row: CarrierMessage) -> dict[str, Any]:
    shown = {
        "id": row.public_id,
        "channel": row.channel,
        "from": row.sender,
        "to": row.recipient,
        "text": row.text,
        "at": row.at.isoformat().replace("+00:00", "Z"),
    }
    return {**shown, "subject": row.subject} if row.channel == "email" else shown


def _entry(row: CarrierMessage) -> dict[str, Any]:
    return {**_shown(row), "entry": row.pk, "status": row.status}


def _after(request: HttpRequest) -> int:
    """Read `after`: a message's id, or an entry's number."""
    text = request.GET.get("after", "0")
    if text.isascii() and text.isdigit() and len(text) < 19:
        return int(text)
    found = carrier.accepted().filter(public_id=text.replace("\x00", "")).values_list("pk", flat=True).first()
    if found is None:
        raise BadField(f"The ledger has no message {text!r}.", field="after")
    return found


def _whole(request: HttpRequest, name: str, *, default: int) -> int:
    text = request.GET.get(name, str(default))
    if not (text.isascii() and text.isdigit() and int(text[:10]) > 0):
        raise BadField("A whole number above zero is needed.", field=name)
    return int(text[:10])


def _body(request: HttpRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except ValueError as error:
        raise BadField("The body must be JSON.", field="detail") from error
    if not isinstance(body, dict):
        raise BadField("The body must be a JSON object.", field="detail")
    return body
