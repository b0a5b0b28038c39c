"""The patients' phones and mailboxes, as a person would see them; they work without script, too."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import condition, require_GET, require_http_methods, require_POST

from config.kernel.errors import PunctualError
from simulator import addresses, carrier, faults, inboxes
from simulator.errors import BadField
from simulator.models import CarrierMessage

SHOWN = 200  # messages of one conversation or mailbox
KEPT = 500  # boxes whose last look a session remembers
PAGE_SIZE = 24  # phones of one page
BESIDE = 8  # phones in the list beside an open one
RATES = (0, 5, 10, 25, 50, 100)
SANDBOX = "sandbox; default-src 'none'; img-src data: https:; style-src 'unsafe-inline'"


@require_GET
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """Show all phones and mailboxes, and how the carrier behaves."""
    context = {**_box_pages(request, "phones"), **_box_pages(request, "mailboxes"), **_faults()}
    return render(request, "simulator/home.html", context)


def _list_version(request: HttpRequest) -> str:
    seen = request.session.get("simulator_seen", {})
    return f'"{inboxes.newest()}-{sum(seen.values())}-{len(seen)}-{request.META.get("QUERY_STRING", "")}"'


@require_GET
@condition(etag_func=_list_version)
def phones(request: HttpRequest) -> HttpResponse:
    """Show the list of phones again, when something changed."""
    beside = request.GET.get("beside", "")
    box_pages = _box_pages(request, "phones", size=BESIDE if beside else PAGE_SIZE)
    return _fragment(request, "simulator/_phones.html", {**box_pages, "number": beside})


@require_GET
@condition(etag_func=_list_version)
def mailboxes(request: HttpRequest) -> HttpResponse:
    """Show the list of mailboxes again, when something changed."""
    return _fragment(request, "simulator/_mailboxes.html", _box_pages(request, "mailboxes"))


@require_GET
def open_box(request: HttpRequest) -> HttpResponse:
    """Lead to the phone or mailbox of an address that was typed."""
    text = request.GET.get("address", "").strip()
    try:
        if "@" in text:
            return redirect("simulator:mailbox", address=addresses.mail(text, field="address"))
        return redirect("simulator:phone", number=addresses.phone(text, field="address"))
    except PunctualError as error:
        context = {**_box_pages(request, "phones"), **_box_pages(request, "mailboxes"), **_faults()}
        return render(request, "simulator/home.html", {**context, "problem": error.message, "typed": text}, status=400)


@require_POST
def set_faults(request: HttpRequest) -> HttpResponse:
    """Set which faults the carrier has."""
    percent = request.POST.get("percent", "0")
    try:
        rate = int(percent) / 100 if percent.isdigit() else -1
        faults.put(rate=rate, kinds=request.POST.getlist("kinds"))
    except PunctualError as error:
        context = {**_box_pages(request, "phones"), **_box_pages(request, "mailboxes"), **_faults()}
        return render(request, "simulator/home.html", {**context, "fault_problem": error.message}, status=400)
    return redirect(reverse("simulator:home") + "#carrier")


@require_http_methods(["GET", "POST"])
@never_cache
def phone(request: HttpRequest, number: str) -> HttpResponse:
    """Show a phone; write from it (POST)."""
    owner = _phone(number)
    problem = _write(request, owner) if request.method == "POST" else ""
    if request.method == "POST" and not problem and not request.headers.get("HX-Request"):
        return redirect("simulator:phone", number=owner)
    context = {**_conversation(request, owner), "problem": problem}
    if request.headers.get("HX-Request"):
        return render(request, "simulator/_conversation.html", context)
    context |= _box_pages(request, "phones", size=BESIDE)
    return render(request, "simulator/phone.html", context, status=400 if problem else 200)


def _phone_version(request: HttpRequest, number: str) -> str:
    last = carrier.conversation(_phone(number)).order_by("-pk").values_list("pk", flat=True)
    return f'"{last.first() or 0}"'


@require_GET
@condition(etag_func=_phone_version)
def conversation(request: HttpRequest, number: str) -> HttpResponse:
    """Show a phone's screen again, when something changed."""
    context = _conversation(request, _phone(number))
    return _fragment(request, "simulator/_conversation.html", context)


@require_GET
@never_cache
def mailbox(request: HttpRequest, address: str) -> HttpResponse:
    """Show a mailbox with its newest letter open."""
    context = _mailbox(request, address)
    opened = context["letters"][0] if context["letters"] else None
    return render(request, "simulator/mailbox.html", {**context, "opened": opened})


def _mail_version(request: HttpRequest, address: str) -> str:
    last = _letters(address).values_list("pk", flat=True)
    return f'"{last.first() or 0}-{request.GET.get("open", "")}"'


@require_GET
@condition(etag_func=_mail_version)
def letters(request: HttpRequest, address: str) -> HttpResponse:
    """Show the list of letters again, when something changed."""
    key = request.GET.get("open", "")
    opened = {"pk": int(key[:18])} if key.isascii() and key.isdigit() else None
    return _fragment(request, "simulator/_letters.html", {**_mailbox(request, address), "opened": opened})


@require_GET
@never_cache
def letter(request: HttpRequest, address: str, key: str) -> HttpResponse:
    """Show a mailbox with one letter open."""
    opened = get_object_or_404(_letters(address), pk=key)
    return render(request, "simulator/mailbox.html", {**_mailbox(request, address), "opened": opened})


@require_GET
@xframe_options_sameorigin
def letter_html(request: HttpRequest, address: str, key: str) -> HttpResponse:
    """Show a letter's HTML on its own, where it can run nothing and reach nothing."""
    opened = get_object_or_404(_letters(address), pk=key)
    response = HttpResponse(opened.html)
    response["Content-Security-Policy"] = SANDBOX
    return response


def _fragment(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    response = render(request, template, context)
    response["Cache-Control"] = "private, no-cache"
    return response


def _box_pages(request: HttpRequest, kind: str, *, size: int = PAGE_SIZE) -> dict[str, Any]:
    channel = "sms" if kind == "phones" else "email"
    page = request.GET.get(kind, "1")
    number = int(page) if page.isascii() and page.isdigit() and 0 < int(page[:6]) < 10**5 else 1
    seen = request.session.get("simulator_seen", {})
    return {kind: inboxes.page_of(channel, seen=seen, query=request.GET.get("q", "").strip(), number=number, size=size)}


def _faults() -> dict[str, Any]:
    found = faults.current()
    kinds = [{"value": kind.value, "words": words, "on": kind in found.kinds} for kind, words in faults.WORDS.items()]
    return {"percent": round(found.rate * 100), "rates": RATES, "kinds": kinds, "is_faulty": bool(found.rate)}


def _write(request: HttpRequest, owner: str) -> str:
    """Send what the person typed, or pressed; return what is wrong with it."""
    text = (request.POST.get("quick") or request.POST.get("text", "")).replace("\x00", "").strip()
    if not text:
        return "Write something first."
    try:
        to = request.POST.get("to", "")
        carrier.write(owner, text, to=addresses.phone(to, field="to") if to else "")
    except PunctualError as error:
        return error.message
    return ""


def _conversation(request: HttpRequest, owner: str) -> dict[str, Any]:
    rows = list(carrier.conversation(owner).order_by("-pk")[:SHOWN])[::-1]
    _mark_seen(request, owner, rows)
    return {"number": owner, "messages": rows}


def _mailbox(request: HttpRequest, address: str) -> dict[str, Any]:
    rows = list(_letters(address)[:SHOWN])
    _mark_seen(request, address.lower(), rows)
    return {"address": address.lower(), "letters": rows}


def _letters(address: str) -> QuerySet[CarrierMessage]:
    try:
        recipient = addresses.mail(address, field="address")
    except BadField as error:
        raise Http404(error.message) from error
    return carrier.arrived().filter(channel="email", recipient=recipient).order_by("-pk")


def _phone(number: str) -> str:
    try:
        return addresses.phone(number, field="phone")
    except BadField as error:
        raise Http404(error.message) from error


def _mark_seen(request: HttpRequest, owner: str, rows: list[CarrierMessage]) -> None:
    """Remember in the session what this browser has seen; write only when something is new."""
    last = max((row.pk for row in rows), default=0)
    seen = request.session.get("simulator_seen", {})
    if last > seen.get(owner, 0):
        kept = dict(sorted({**seen, owner: last}.items(), key=lambda pair: pair[1])[-KEPT:])
        request.session["simulator_seen"] = kept
