"""What the documentation names exists, and what exists is documented."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from accounts.services import keys
from accounts.web.navigation import MENU
from tests.factories import NOW
from tests.ops import console
from tools import cross_tenant

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
APPS = (*cross_tenant.APPS, "tests", "tools")


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
    source = "".join(file.read_text() for file in sorted((ROOT / "config/settings").glob("*.py")))
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


@pytest.fixture
def beside_a_demo(committed, live_server, world, settings, tmp_path):
    """Return a folder in which the shell blocks of the pages find a demo."""
    settings.PUBLIC_URL = live_server.url
    _, key = keys.create(world.organization.pk, name="CRM", role="owner")
    (tmp_path / ".data").mkdir()
    seeded = {"url": live_server.url, "clinics": [{"api_key": key}]}
    (tmp_path / ".data/demo.json").write_text(json.dumps(seeded))
    return tmp_path


@pytest.mark.skipif(not shutil.which("curl"), reason="There is no curl on the PATH: apt-get install curl")
def test_the_integrators_examples_answer_as_printed(beside_a_demo):
    page = read("docs/integrator.md")
    told, got = console.told(page), console.run(page, beside_a_demo, NOW.date())
    assert len(got) == len(told) > 20
    assert [line for one, other in zip(told, got, strict=True) for line in console.differences(one, other)] == []


def test_the_integrators_examples_name_no_id_of_their_own():
    assert re.findall(r"^\w+=\d+$|/\d{1,3}/", console.script(read("docs/integrator.md")), re.MULTILINE) == []


MANAGE = [
    (page, command)
    for page in PAGES
    for command in re.findall(r"make manage ARGS='[^']*'", page.read_text())
    if "…" not in command
]
TELL = "import json, sys; print(json.dumps(sys.argv[2:]))"


@pytest.fixture
def told_words(tmp_path):
    """Return what `manage.py` is given by a line as it is printed, passed through the shell and make."""
    python = tmp_path / "bin/python"
    python.parent.mkdir()
    python.write_text(f"#!/bin/sh\nexec {sys.executable} -c '{TELL}' \"$@\"\n")
    python.chmod(0o755)
    (tmp_path / ".demo").touch()

    def run(command):
        line = command.replace("make manage", f"make -s manage VENV={tmp_path}", 1)
        return json.loads(subprocess.check_output(["sh", "-c", line], cwd=ROOT, text=True))

    return run


@pytest.mark.parametrize(
    ("page", "command"), MANAGE, ids=[f"{page.name}-{number}" for number, (page, _) in enumerate(MANAGE)]
)
def test_lines_beside_the_demo_are_taken_by_their_command(page, command, told_words):
    name, *options = told_words(command)
    app = get_commands()[name]
    load_command_class(app, name).create_parser("manage.py", name).parse_args(options)


def test_pages_print_no_command_that_no_shell_finds():
    pages = [page for page in PAGES if page.name != "CHANGELOG.md"]
    assert [
        (page.name, line) for page in pages for line in re.findall(r"(?:^ *|`)manage\.py .*", page.read_text(), re.M)
    ] == []


def test_one_version_stands_in_settings_project_and_changelog(settings):
    (of_project,) = re.findall(r'^version = "(.+)"$', read("pyproject.toml"), re.MULTILINE)
    released = re.findall(r"^## (\S+) – \d{4}-\d\d-\d\d$", read("CHANGELOG.md"), re.MULTILINE)
    assert of_project == released[0] == settings.VERSION


def test_the_glossary_lists_the_words_of_the_menu():
    cells = re.findall(r"^\| [^|]+ \| ([^|]+) \| ", read("docs/glossary.md"), re.MULTILINE)
    listed = {word for cell in cells[1:] for word in cell.split(", ")}
    menu = {words for _, pages in MENU for words, _, _ in pages}
    assert listed == menu | {"The day"}
