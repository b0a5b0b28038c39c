"""Finds which module writes which table: by SQL, or through a model's manager, queryset or row.

A row is known by what the code says of it: an annotation, a model's manager, or what a function that it calls returns.
`python -m tools.table_writers` writes the table into docs/architecture.md.
"""

import ast
import os
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import django
from django.apps import apps

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/architecture.md"
APPS = ("contacts", "notifications", "surveys", "calendars", "appointments")
LEFT = {"tests", "migrations", "simulator"}
SQL = re.compile(r"\b(?:INSERT INTO|UPDATE|DELETE FROM)\s+\"?([a-z]+_[a-z]+)")
WRITES = {"create", "bulk_create", "get_or_create", "update_or_create", "update", "bulk_update", "delete", "save"}
BEGIN, END = "<!-- writers -->", "<!-- end of writers -->"


@dataclass
class Module:
    """A module of ours, and what each of its functions returns, as it says."""

    path: Path
    tree: ast.Module
    returns: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return its path below the root."""
        return str(self.path.relative_to(ROOT))

    @cached_property
    def querysets(self) -> dict[ast.stmt, str]:
        """The methods of querysets, such as `EventQuerySet`, and the model of each."""
        classes = [node for node in self.tree.body if isinstance(node, ast.ClassDef)]
        return {
            method: each.name.removesuffix("QuerySet")
            for each in classes
            for method in each.body
            if each.name.endswith("QuerySet")
        }


def modules() -> list[Module]:
    """Read all modules of the apps but tests, migrations and simulators."""
    found = []
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if not LEFT & set(path.relative_to(ROOT).parts) and not path.name.startswith(("test_", "simulator")):
                found.append(Module(path, ast.parse(path.read_text())))
    for module in found:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef) and node.returns is not None:
                module.returns[node.name] = _named(node.returns)
    return found


def writers() -> dict[str, set[str]]:
    """Return the modules that write each table."""
    tables = _tables()
    read = modules()
    returns = {f"{module.path.stem}.{name}": model for module in read for name, model in module.returns.items()}
    found: dict[str, set[str]] = defaultdict(set)
    for module in read:
        for table in _written(module, returns, tables):
            found[table].add(module.name)
    return dict(found)


def _tables() -> dict[str, str]:
    return {model.__name__: model._meta.db_table for app in APPS for model in apps.get_app_config(app).get_models()}


def _written(module: Module, returns: dict[str, str], tables: dict[str, str]) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from (table for table in SQL.findall(node.value) if table in tables.values())
        if isinstance(node, ast.FunctionDef):
            kinds = _kinds(node, module, returns)
            for call in ast.walk(node):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in WRITES:
                    model = _model(call.func.value, kinds, module, returns)
                    if model in tables:
                        yield tables[model]


def _kinds(node: ast.FunctionDef, module: Module, returns: dict[str, str]) -> dict[str, str]:
    """Return of which model the variables of a function are, as far as the code says so."""
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    kinds = {each.arg: _named(each.annotation) for each in arguments if each.annotation is not None}
    kinds |= {"self": module.querysets[node]} if node in module.querysets else {}
    for inner in ast.walk(node):
        if isinstance(inner, ast.Assign) and len(inner.targets) == 1:
            _learn(kinds, inner.targets[0], inner.value, module, returns)
        elif isinstance(inner, ast.For | ast.comprehension):
            _learn(kinds, inner.target, inner.iter, module, returns)
    return kinds


def _learn(kinds: dict[str, str], target: ast.expr, value: ast.expr, module: Module, returns: dict[str, str]) -> None:
    if isinstance(target, ast.Name) and target.id not in kinds and (model := _model(value, kinds, module, returns)):
        kinds[target.id] = model


def _model(value: ast.expr, kinds: dict[str, str], module: Module, returns: dict[str, str]) -> str:
    """Return the name of the model behind an expression, empty where the code does not tell."""
    match value:
        case ast.Call(func=ast.Name(id=name)) if name in module.returns:
            return module.returns[name]
        case ast.Call(func=ast.Attribute(value=ast.Name(id=room), attr=name)) if f"{room}.{name}" in returns:
            return returns[f"{room}.{name}"]
        case ast.Call(func=ast.Name(id="list" | "sorted" | "reversed"), args=[first, *_]):
            return _model(first, kinds, module, returns)
        case ast.Call(func=function):
            return _model(function, kinds, module, returns)
        case ast.Attribute(value=inner) | ast.Subscript(value=inner):
            return _model(inner, kinds, module, returns)
        case ast.Name(id=name):
            return kinds.get(name, name)
    return ""


def _named(annotation: ast.expr) -> str:
    """Return the last model-like name of an annotation: `Event` of `Iterable[Event]` and of `Event | None`."""
    names = [node.id for node in ast.walk(annotation) if isinstance(node, ast.Name) and node.id[0].isupper()]
    return names[-1] if names else ""


def table() -> str:
    """Return the table as the page has it."""
    rows = [
        f"| `{name}` | {', '.join(f'`{path}`' for path in sorted(paths))} |"
        for name, paths in sorted(writers().items())
    ]
    return "\n".join([BEGIN, "", "| Table | Written by |", "|---|---|", *rows, "", END])


def main() -> None:
    """Write the table into its page."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    django.setup()
    before, _, rest = PAGE.read_text().partition(BEGIN)
    PAGE.write_text(before + table() + rest.partition(END)[2])


if __name__ == "__main__":
    main()
