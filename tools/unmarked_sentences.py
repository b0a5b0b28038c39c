"""`python -m tools.unmarked_sentences`: sentences for people that no catalogue can know; each fails `make lint`.

A sentence is written as `_("…")` (gettext) in modules of Django and as `N_("…")` in plain ones, with named places for
values, and as `{% translate %}` or `{% blocktranslate %}` in templates. The docstrings of errors are sentences too.
"""

import ast
import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
APPS = ("accounts", "contacts", "notifications", "surveys", "calendars", "appointments", "config")
MARKS = {
    "_",
    "N_",
    "gettext",
    "gettext_lazy",
    "ngettext",
    "ngettext_lazy",
    "pgettext",
    "pgettext_lazy",
    "npgettext",
    "gettext_noop",
}
# Where text reaches people: the name of an argument, of a key of a dictionary, or of an attribute of a class.
ARGUMENTS = {
    "label",
    "help_text",
    "verbose_name",
    "verbose_name_plural",
    "description",
    "empty_label",
    "short_description",
    "default_detail",
    "invalid_cursor_message",
    "violation_error_message",
    "detail",
    "empty_value_display",
    "headline",
    "next_step",
}
# Functions whose arguments at these places reach people.
CALLS: dict[str, tuple[int, ...]] = {
    "ValidationError": (0,),
    "ParseError": (0,),
    "NotFound": (0,),
    "PermissionDenied": (0,),
    "NotAuthenticated": (0,),
    "RowAction": (1, 2),
    "Badge": (0, 2),
    "add_error": (1,),
    "error": (1,),
    "success": (1,),
    "warning": (1,),
    "info": (1,),
    "_refuse": (1,),
    "Problem": (3, 4),
}
# Names of these hold pairs of a title and fields.
PAIRS = {"fieldsets", "add_fieldsets"}
CHOICES = {"TextChoices", "IntegerChoices"}
# What speaks English alone: to operators (commands and what they import, health, the check of the audit trail), to
# programs (drivers, callbacks, the description of the REST interface), what is stored of deliveries, demo and tests.
FOREIGN = re.compile(
    r"/(tests|migrations|management|simulator|drivers|settings|postgres)/|/providers/(?!.*form)|/demo|_demo|/csv_"
    r"|/services/organizations\.py$|/(audit_chain|authentication|body_limit|checks|crypto|docs|embedded|health"
    r"|message_preparation|outcomes|redaction|rendering|schema|supervisor|wall|webhook(s|_storage|_views))\.py$"
)
SKIPPED_TEMPLATES = re.compile(r"templates/(simulator|drf_spectacular)/")
DESCRIPTIONS = {"extend_schema", "OpenApiParameter", "OpenApiResponse", "OpenApiExample", "inline_serializer"}
BUGS = {"AssertionError", "ImproperlyConfigured", "LookupError", "RuntimeError", "TypeError"}
LOGS = {"debug", "exception", "critical"}
SENTENCE = re.compile(r"^[“\"]?[A-ZÄÖÜ“%][^\n]* [^\n]*[.!?:;…]$")
# Of templates: what is marked, every other tag, and words that an include is given.
MARKED = re.compile(
    r"\{%-? *blocktrans(?:late)? .*?\{%-? *endblocktrans(?:late)? *-?%\}"
    r"|\{% *comment.*?endcomment *%\}",
    re.DOTALL,
)
TAGS = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
GIVEN = re.compile(r"\{% *include [^%]*\b(?:words|button|label|title|text)=(\"[^\"]*[A-Za-z]{2}[^\"]*\")")
ATTRIBUTES = {"alt", "aria-label", "placeholder", "title", "data-label"}
# Our own name, and names of icons, are the same everywhere.
NAMES = re.compile(r"\bPunctual\b|&\w+;|\b[a-z]+_[a-z_]+\b")
WORDS = re.compile(r"[A-Za-z]{2,}")


class Finder(ast.NodeVisitor):
    """Collects unmarked strings of one module with the reason for which they are taken for sentences."""

    def __init__(self, errors: set[str]) -> None:
        self.errors = errors
        self.found: dict[tuple[int, int], tuple[ast.expr, str]] = {}
        self.logging = 0

    def visit_Call(self, node: ast.Call) -> None:
        """Look at what functions are given."""
        name = name_of(node.func)
        if name in MARKS or name in DESCRIPTIONS or self._is_log(node):
            return
        for place in CALLS.get(name, (0,) if name in self.errors else ()):
            if place < len(node.args):
                self._take(node.args[place], name)
        for keyword in node.keywords:
            if keyword.arg in ARGUMENTS and not isinstance(keyword.value, ast.Dict):
                self._take(keyword.value, str(keyword.arg))
        self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        """Pass by what only programmers see."""
        if not (isinstance(node.exc, ast.Call) and name_of(node.exc.func) in BUGS):
            self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Look at the labels of choices."""
        if CHOICES & {name_of(base) for base in node.bases}:
            for line in node.body:
                if isinstance(line, ast.Assign) and isinstance(line.value, ast.Tuple):
                    self._take(line.value.elts[-1], "label")
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        """Look at attributes of classes that reach people."""
        for target in node.targets:
            name = name_of(target)
            if name in ARGUMENTS:
                self._take(node.value, name)
            if name in PAIRS and isinstance(node.value, ast.Tuple | ast.List):
                self._titles(node.value)
        self.generic_visit(node)

    def visit_Dict(self, node: ast.Dict) -> None:
        """Look at bodies of answers."""
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value in ARGUMENTS:
                self._take(value, str(key.value))
        self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        """Pass by docstrings."""
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        """Return every string that looks like a sentence."""
        if isinstance(node.value, str) and SENTENCE.match(node.value):
            self._take(node, "sentence")

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Take a text with values that has the shape of a sentence."""
        if SENTENCE.match(_text(node)):
            self._take(node, "sentence")

    def _titles(self, node: ast.Tuple | ast.List) -> None:
        for pair in node.elts:
            if isinstance(pair, ast.Tuple):
                self._take(pair.elts[0], "title")

    def _is_log(self, node: ast.Call) -> bool:
        return isinstance(node.func, ast.Attribute) and (
            node.func.attr in LOGS or name_of(node.func.value) in ("log", "logger", "logging")
        )

    def _take(self, node: ast.expr, why: str) -> None:
        if isinstance(node, ast.IfExp):
            self._take(node.body, why)
            self._take(node.orelse, why)
        elif isinstance(node, ast.Dict):
            for value in node.values:
                self._take(value, why)
        elif isinstance(node, ast.Constant | ast.JoinedStr) and WORDS.search(_text(node)):
            self.found.setdefault((node.lineno, node.col_offset), (node, why))


def name_of(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _text(node: ast.expr) -> str:
    """Return the literal words of a string; a value in it counts as a word."""
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "%" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def error_classes(root: Path = ROOT) -> dict[str, list[tuple[str, str]]]:
    """Return the errors of the domain by name: the file of each, and its docstring, which is its message."""
    bases: dict[str, set[str]] = {}
    found: dict[str, list[tuple[str, str]]] = {}
    for file in modules(root):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ClassDef):
                bases.setdefault(node.name, set()).update(name_of(base) for base in node.bases)
                place = file.relative_to(root).as_posix()
                found.setdefault(node.name, []).append((place, (ast.get_docstring(node, clean=False) or "").strip()))
    known = {"PunctualError"}
    while more := {name for name, parents in bases.items() if parents & known} - known:
        known |= more
    return {name: found[name] for name in sorted(known) if name in found}


def modules(root: Path = ROOT) -> Iterator[Path]:
    """Yield the modules whose sentences people read."""
    for app in APPS:
        for file in sorted((root / app).rglob("*.py")):
            if not FOREIGN.search(file.relative_to(root).as_posix()):
                yield file


def templates(root: Path = ROOT) -> Iterator[Path]:
    """Yield the templates of pages that people read; the phones of the demo speak English."""
    for file in sorted((root / "templates").rglob("*")):
        if file.suffix in (".html", ".txt") and not SKIPPED_TEMPLATES.search(file.relative_to(root).as_posix()):
            yield file


def in_module(source: str, errors: set[str]) -> list[tuple[ast.expr, str]]:
    """Return the unmarked sentences of a module in their order, each with why it is taken for one."""
    finder = Finder(errors)
    finder.visit(ast.parse(source))
    return [finder.found[place] for place in sorted(finder.found)]


class Page(HTMLParser):
    """Collects the words of a template that stand between tags, and in attributes that are read out or shown."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[int, str]] = []
        self.is_code = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at attributes; leave out what no person reads."""
        self.is_code = tag in ("script", "style")
        for name, value in attrs:
            if name in ATTRIBUTES:
                self._take(value or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag that ends itself holds nothing."""
        self.handle_starttag(tag, attrs)
        self.is_code = False

    def handle_endtag(self, tag: str) -> None:
        """What comes after code is read again."""
        self.is_code = False

    def handle_data(self, data: str) -> None:
        """Look at what stands between tags."""
        if not self.is_code:
            self._take(data)

    def _take(self, words: str) -> None:
        for line in words.splitlines():
            rest = NAMES.sub("", line)
            if WORDS.search(rest):
                self.found.append((self.getpos()[0], line.strip()))


def in_template(source: str) -> list[tuple[int, str]]:
    """Return line and words of each text of a template that no catalogue can know."""
    page = Page()
    # What is marked, what Django writes and what its tags hold is no text of the template; its lines stay.
    page.feed(TAGS.sub(lambda found: "\n" * found[0].count("\n"), MARKED.sub(_blank, source)))
    page.close()
    return page.found + [(source[: found.start()].count("\n") + 1, found[1]) for found in GIVEN.finditer(source)]


def _blank(found: re.Match[str]) -> str:
    return "\n" * found[0].count("\n")


def complaints(root: Path = ROOT) -> Iterator[str]:
    """Yield `file:line: words` for each unmarked sentence of modules and templates."""
    errors = set(error_classes(root))
    for file in modules(root):
        for node, why in in_module(file.read_text(), errors):
            yield f"{file.relative_to(root).as_posix()}:{node.lineno}: {why}: {_text(node)}"
    for file in templates(root):
        if file.suffix == ".html":
            for line, words in in_template(file.read_text()):
                yield f"{file.relative_to(root).as_posix()}:{line}: {words}"


def main() -> int:
    """Print the unmarked sentences; the exit status is 1 when there are any."""
    found = list(complaints())
    for complaint in found:
        print(complaint)
    if found:
        print("Mark them for the catalogues of languages (docs/contributor.md, Languages), then run `make messages`.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
