"""What the documentation names exists, and what exists is documented."""

import json
import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from accounts.services import keys
from tests.ops import console

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")])
APPS = ("accounts", "contacts", "notifications", "surveys", "calendars", "appointments", "config", "tests", "tools")


def read(name):
    return (ROOT / name).read_text()


def test_every_environment_variable_is_in_the_operators_table():
    read_there = set()
    for file in (ROOT / "config/settings").glob("*.py"):
        read_there |= set(re.findall(r'env(?:\.\w+)?\(\s*"(\w+)"', file.read_text()))
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", read("docs/operator.md"), re.MULTILINE))
    assert documented == read_there | {"DJANGO_SETTINGS_MODULE"}


def test_documented_defaults_are_those_of_the_settings():
    told = dict(re.findall(r"^\| `([A-Z_]+)` \| (\d+) \|", read("docs/operator.md"), re.MULTILINE))
    source = read("config/settings/base.py") + read("config/settings/production.py")
    found = dict(re.findall(r'env\.(?:int|float)\("(\w+)", default=(\d+)\)', source))
    assert told == found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_and_modules_that_a_page_names_exist(page):
    names = re.findall(rf"`((?:{'|'.join(APPS)})(?:/[\w.]+)+/?)`", page.read_text())
    assert [name for name in names if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_of_a_page_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text())
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_that_a_page_names_exist(page):
    named = set(re.findall(r"manage\.py (\w+)", page.read_text()))
    assert sorted(named - set(get_commands())) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make_targets_that_a_page_names_exist(page):
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z]+)", page.read_text()))
    assert sorted(named - targets) == []


def test_every_make_target_explains_itself():
    (phony,) = re.findall(r"^\.PHONY: (.*)$", read("Makefile"), re.MULTILINE)
    explained = re.findall(r"^([a-z]+):.*## ", read("Makefile"), re.MULTILINE)
    assert sorted(phony.split()) == sorted(explained)


def test_the_integrators_examples_answer_as_printed(world, client, settings):
    settings.PUBLIC_URL = "http://testserver"
    _, key = keys.create(world.organization.pk, name="CRM", role="owner")
    variables = {"URL": "http://testserver", "KEY": key, "JSON": "Content-Type: application/json"}
    steps = console.steps(read("docs/integrator.md"))
    assert len(steps) > 15
    for step in steps:
        status, body = console.run(step, client, variables)
        assert status < 500, step.command
        assert console.differences(json.loads(step.told), body) == [], step.command
