"""A name stands for one thing: no class name twice, and no module name twice among services and engines."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = {"accounts", "appointments", "benchmarks", "calendars", "config", "contacts", "demo", "notifications"}
FOLDERS |= {"simulator", "surveys", "tools"}
# What Django looks for by its name.
OF_DJANGO = {"Command", "Media", "Meta"}
# Modules with the same role in several apps.
ROLES = {
    "personal_data": "what the app holds about a person: exported, cancelled and erased",
    "states": "the states of the app's rows",
}


def sources(root=ROOT):
    """Yield all modules of the program; tests and migrations aside."""
    for folder in sorted(FOLDERS):
        for file in sorted((root / folder).rglob("*.py")):
            if not {"tests", "migrations"} & set(file.relative_to(root).parts):
                yield file


def class_names(files):
    """Return the modules of each class name, nested classes included."""
    found = defaultdict(list)
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ClassDef) and node.name not in OF_DJANGO:
                found[node.name].append(file.as_posix())
    return found


def test_no_class_name_stands_twice():
    files = list(sources())
    assert len(files) > 350
    assert {name: places for name, places in class_names(files).items() if len(places) > 1} == {}


@pytest.mark.parametrize(
    "source", ["class State: ...", "class Delivery:\n    class State: ...", "def made():\n    class State: ..."]
)
def test_a_class_name_that_stands_twice_is_found(tmp_path, source):
    for name in ("one", "other"):
        (tmp_path / f"{name}.py").write_text("class State: ..." if name == "one" else source)
    assert len(class_names(sorted(tmp_path.glob("*.py")))["State"]) == 2


def test_services_and_engines_of_one_name_have_one_role():
    found = defaultdict(set)
    for file in sources():
        parts = file.relative_to(ROOT).parts
        if {"services", "engine"} & set(parts) and file.stem != "__init__":
            found[file.stem].add(file.relative_to(ROOT).as_posix())
    assert {name for name, places in found.items() if len(places) > 1} == set(ROLES)
