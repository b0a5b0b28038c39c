"""The patients' phones in a real browser."""

import os
import re

import pytest
from playwright.sync_api import expect

from simulator import carrier
from simulator.carrier import Letter
from simulator.tests.conftest import PHONE
from tests.chromium import in_use

pytestmark = pytest.mark.browser
TEXTS = (
    "[Riverside] Ana, you have an appointment on Tuesday 24 November, 2:30 pm. Reply Yes or No.",
    "[Riverside]\nThank you! Your appointment has been marked confirmed.",
    "[Lakeside] Rendez-vous mardi 24 novembre à 9:00. Répondez OUI ou NON.",
)
HTML = (
    '<body style="font-family:sans-serif;padding:24px"><h1>Tuesday, 2:30 pm</h1><p><a href="/x">Confirm</a></p></body>'
)
EXPECTED = re.compile(r"\(Bad Request\)|^Blocked script execution in '[^']+/html'")
SHOTS = os.environ.get("SCREENSHOTS", "")


@pytest.fixture(params=[1280, 390])
def page(request, chromium, live_server, windows):
    """Return a page, wide and narrow, that fails the test when a script fails."""
    page = windows.get(request.param) or windows.setdefault(request.param, window(chromium, live_server, request.param))
    problems = []
    heard = {
        "pageerror": lambda error: problems.append(str(error)),
        "console": lambda message: problems.append(message.text) if message.type == "error" else None,
        "response": lambda answer: problems.append(answer.url) if answer.status >= 404 else None,
    }
    with in_use(page, live_server.url, heard):
        yield page
    # Chromium also writes to its console: the 400 of a refused form, and that a letter runs no script of the clock.
    assert [problem for problem in problems if not EXPECTED.search(problem)] == []


def window(chromium, live_server, width):
    """Open a window."""
    size = {"width": width, "height": 860}
    context = chromium.new_context(viewport=size, base_url=live_server.url, locale="en-GB", timezone_id="UTC")
    context.clock.install()
    return context.new_page()


def ask_again(page):
    """Let two seconds pass in a page, after which it asks what is new."""
    page.clock.fast_forward(2000)


def shot(page, name):
    """Keep a picture when SCREENSHOTS names a folder."""
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}-{page.viewport_size['width']}.png")


def letter(recipient, *, subject="Your appointment on Tuesday", html=""):
    """Return a mail."""
    text = "Dear Ana,\n\nplease come on Tuesday, 2:30 pm.\nhttps://example.org/visit/1\n\nRiverside Clinic"
    return Letter("clinic@riverside.example", recipient, subject, text, html, "")


def fits(page):
    """Tell whether nothing sticks out sideways."""
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_person_sees_a_new_text_and_answers_it(customer, page):
    customer.send("[Riverside] Ana, you have an appointment on Tuesday 24 November, 2:30 pm. Reply Yes or No.")
    page.goto("/simulator/")
    expect(page.get_by_role("link", name=PHONE)).to_contain_text("1")
    shot(page, "home-one")
    page.get_by_role("link", name=PHONE).click()
    page.get_by_role("button", name="Yes").click()
    expect(page.locator(".bubble.inbound")).to_contain_text("Yes")
    customer.send("[Riverside]\nThank you! Your appointment has been marked confirmed. https://example.org/visit/1")
    ask_again(page)
    expect(page.locator(".bubble.outbound")).to_have_count(2)
    page.get_by_label("Your text").fill("See you then")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".bubble.inbound")).to_have_count(2)
    expect(page.get_by_label("Your text")).to_have_value("")
    page.get_by_role("button", name="STOP").click()
    expect(page.locator(".bubble.notice")).to_contain_text("blocks all texts")
    assert fits(page)
    shot(page, "phone")


def test_many_phones_and_mailboxes_are_listed_and_found(customer, page):
    for number in range(30):
        customer.send(TEXTS[number % 3], to=f"+1555200{number:04}")
    for number in range(3):
        carrier.receive(letter(f"patient{number}@example.org"))
    page.goto("/simulator/")
    expect(page.locator("#phones .count")).to_have_text("30")
    expect(page.locator("#phones .device")).to_have_count(24)
    assert fits(page)
    shot(page, "home")
    page.get_by_role("link", name="Older").click()
    expect(page.locator("#phones .device")).to_have_count(6)
    page.get_by_label("Open a phone or mailbox").fill("patient1@example.org")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("patient1@example.org")


def test_person_reads_a_letter_and_the_next_one_arrives(committed, page):
    carrier.receive(letter("ana@example.org", html=HTML))
    page.goto("/simulator/mail/ana@example.org/")
    expect(page.get_by_role("heading", level=2)).to_have_text("Your appointment on Tuesday")
    expect(page.frame_locator("iframe").get_by_role("link")).to_have_text("Confirm")
    shot(page, "mail-html")
    carrier.receive(letter("ana@example.org", subject="Where to find us"))
    ask_again(page)
    page.get_by_role("link", name="Where to find us").click()
    expect(page.get_by_text("please come on Tuesday")).to_be_visible()
    assert fits(page)
    shot(page, "mail")


def test_carrier_can_be_told_to_misbehave_and_to_stop(customer, page):
    page.goto("/simulator/")
    page.get_by_text("Let it misbehave").click()
    page.get_by_text("25 %").click()
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose at least one")
    page.get_by_text("25 %").click()
    page.get_by_label("Refuses the message for good").check()
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("25 % of messages go wrong.")).to_be_visible()
    assert fits(page)
    page.locator("#carrier").scroll_into_view_if_needed()
    shot(page, "faults")
    assert customer.call("GET", "/api/faults")[1]["kinds"] == ["refuse"]


def test_phone_works_without_script(customer, chromium, live_server):
    customer.send(TEXTS[0])
    customer.reply("Yes")
    context = chromium.new_context(color_scheme="dark", base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"/simulator/phone/{PHONE}/")
    page.get_by_label("Your text").fill("No script here")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".bubble.inbound")).to_have_count(2)
    shot(page, "dark")
    context.close()
