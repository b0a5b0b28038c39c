"""`python -m tools.messages`: brings the catalogues of languages up to date (`make messages`); `--check` only looks.

Sentences are gathered from modules (marked ones, and the docstrings of errors), templates, and the names of models,
fields and choices. Needs no program besides Python: Babel reads and writes the files that gettext defines.
"""

import argparse
import ast
import io
import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import django
from babel.messages import mofile, pofile
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from django.apps import apps
from django.utils import translation
from django.utils.translation.template import templatize

from tools import unmarked_sentences
from tools.unmarked_sentences import ROOT

LOCALES = ROOT / "locale"
# English is the language of the sentences themselves; its catalogue says them as they are.
LANGUAGES = ("en", "fr", "de", "es")
KEYWORDS = unmarked_sentences.MARKS
PLACE = re.compile(r"%\((\w+)\)[#0\- +]?\d*\.?\d*[a-z]|(?<!\{)\{(\w*)\}(?!\})|%(?![%(])\w")
TAG = re.compile(r"</?[a-z][^>]*>")
# The same in each catalogue, so that bringing them up to date changes only what changed.
BORN = datetime(2026, 11, 21, tzinfo=UTC)

Key = str | tuple[str, str]


@dataclass
class Found:
    """A sentence, with its context and the files in which it stands."""

    key: Key
    context: str | None
    files: set[str] = field(default_factory=set)


class Gatherer:
    """Collects sentences by context and key."""

    def __init__(self) -> None:
        self.found: dict[tuple[str | None, str], Found] = {}

    def add(self, key: Key, file: str, context: str | None = None) -> None:
        """Note a sentence; its plural, if it has one, may come later."""
        singular = key if isinstance(key, str) else key[0]
        known = self.found.setdefault((context, singular), Found(key, context))
        if isinstance(key, tuple):
            known.key = key
        known.files.add(file)

    def read_module(self, source: str, file: str) -> None:
        """Gather the marked sentences of a module."""
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and (name := unmarked_sentences.name_of(node.func)) in KEYWORDS:
                self._take(name, [getattr(argument, "value", None) for argument in node.args], file)

    def read_template(self, source: str, file: str) -> None:
        """Gather the marked sentences of a template."""
        # Django makes it a module of calls; indents mean nothing in it.
        module = "\n".join(line.lstrip() for line in templatize(source, origin=file).splitlines())
        for _line, name, keys, _notes in extract_python(io.BytesIO(module.encode()), dict.fromkeys(KEYWORDS), (), {}):
            self._take(str(name or ""), [keys] if isinstance(keys, str) else list(keys), file)

    def _take(self, name: str, keys: list[Any], file: str) -> None:
        context = keys.pop(0) if "pgettext" in name else None
        parts = [key for key in keys[: 2 if name.removesuffix("_lazy").startswith("n") else 1]]
        if parts and all(isinstance(key, str) and key for key in parts):
            self.add(parts[0] if len(parts) == 1 else (parts[0], parts[1]), file, context)


def gather(root: Path = ROOT) -> list[Found]:
    """Return all sentences in the order of their keys."""
    gatherer = Gatherer()
    for file in unmarked_sentences.modules(root):
        gatherer.read_module(file.read_text(), _name(file, root))
    theme = "config/settings/admin_theme.py"
    gatherer.read_module((root / theme).read_text(), theme)
    for name, places in unmarked_sentences.error_classes(root).items():
        for place, words in places:
            if words and name != "PunctualError":
                gatherer.add(words, place)
    for file in unmarked_sentences.templates(root):
        gatherer.read_template(file.read_text(), _name(file, root))
    for words, place in names_of_models():
        gatherer.add(words, place)
    for words, place in unfold_sentences():
        gatherer.add(words, place)
    return [
        gatherer.found[key] for key in sorted(gatherer.found, key=lambda key: (key[1].lower(), key[1], key[0] or ""))
    ]


def _name(file: Path, root: Path) -> str:
    return file.relative_to(root).as_posix()


def names_of_models() -> Iterator[tuple[str, str]]:
    """Yield what our models, their fields and choices are called, with the app of each."""
    with translation.override(None):
        for model in apps.get_models():
            app = model._meta.app_config.name if model._meta.app_config else ""
            if app not in unmarked_sentences.APPS:
                continue
            yield from ((str(words), f"{app}/models") for words in _names(model._meta))


def _names(options: Any) -> Iterator[Any]:
    yield from (options.verbose_name, options.verbose_name_plural)
    for each in (*options.local_fields, *options.local_many_to_many):
        yield each.verbose_name
        if each.name != "language":
            yield from (words for _value, words in each.flatchoices)


def unfold_sentences() -> Iterator[tuple[str, str]]:
    """Yield the sentences of the admin's look, which has no catalogues, as far as Django's own do not know them."""
    gatherer = Gatherer()
    spec = find_spec("unfold")
    folder = Path(spec.origin).parent if spec and spec.origin else Path()
    for file in sorted([*folder.rglob("*.html"), *folder.rglob("*.py")]):
        # Of its extensions we have the filters only.
        part = file.relative_to(folder).parts
        if part[0] == "contrib" and part[1] != "filters":
            continue
        read = gatherer.read_template if file.suffix == ".html" else gatherer.read_module
        read(file.read_text(), "unfold")
    known = _djangos_own()
    for found in gatherer.found.values():
        if isinstance(found.key, str) and found.context is None and found.key not in known:
            yield found.key, "unfold"


def _djangos_own() -> set[str]:
    """Return what the catalogues of Django and of the libraries know in all our languages."""
    known: list[set[str]] = []
    for language in LANGUAGES[1:]:
        ids: set[str] = set()
        for package in ("django.conf", "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes"):
            spec = find_spec(package)
            folder = Path(spec.origin).parent if spec and spec.origin else Path()
            with (folder / "locale" / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
                ids |= {_singular(message) for message in mofile.read_mo(file) if message.id}
        known.append(ids)
    return set.intersection(*known)


def _singular(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def path(language: str, suffix: str = "po", locales: Path = LOCALES) -> Path:
    """Return where the catalogue of a language lies: as people write it (po), or as programs read it (mo)."""
    return locales / language / "LC_MESSAGES" / f"django.{suffix}"


def load(language: str, locales: Path = LOCALES) -> Catalog:
    """Return a catalogue as it is written; an empty one where there is none."""
    file = path(language, locales=locales)
    if not file.exists():
        return Catalog(locale=language)
    with file.open("rb") as stream:
        return pofile.read_po(stream, locale=language)


def renewed(language: str, sentences: Iterable[Found], old: Catalog) -> Catalog:
    """Return a catalogue of the sentences, with what the old one says of them."""
    new = Catalog(
        locale=language,
        project="Punctual",
        version="1.0",
        copyright_holder="Punctual's authors",
        fuzzy=False,
        msgid_bugs_address="",
        creation_date=BORN,
        revision_date=BORN,
        last_translator="",
        language_team="",
        header_comment=f"# Punctual in {language}; `make messages` keeps the list of sentences, people write the rest.",
    )
    for one in sentences:
        known = old.get(one.key if isinstance(one.key, str) else one.key[0], context=one.context)
        new.add(
            one.key,
            _words(language, one, known),
            locations=[(file, None) for file in sorted(one.files)],
            flags={"fuzzy"} if known and known.fuzzy else (),
            context=one.context,
        )
    return new


def _words(language: str, one: Found, known: Message | None) -> Any:
    if language == "en":
        return one.key
    has_plural = isinstance(one.key, tuple)
    if known and known.string and isinstance(known.string, tuple | list) == has_plural:
        return known.string
    return ("", "") if has_plural else ""


def written(catalog: Catalog) -> bytes:
    """Return a catalogue as people read it."""
    stream = io.BytesIO()
    pofile.write_po(stream, catalog, width=120, include_lineno=False, omit_header=False)
    return stream.getvalue()


def compiled(catalog: Catalog) -> bytes:
    """Return a catalogue as programs read it."""
    stream = io.BytesIO()
    mofile.write_mo(stream, catalog)
    return stream.getvalue()


def update(locales: Path = LOCALES) -> None:
    """Write all catalogues anew: the sentences of today, with the words that they have."""
    sentences = gather()
    for language in LANGUAGES:
        catalog = renewed(language, sentences, load(language, locales))
        file = path(language, locales=locales)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(written(catalog))
        path(language, "mo", locales).write_bytes(compiled(load(language, locales)))
        open_ones = sum(1 for message in catalog if message.id and not all(_strings(message)))
        print(f"{file.relative_to(locales.parent)}: {len(catalog)} sentences, {open_ones} without words.")


def complaints(sentences: list[Found], locales: Path = LOCALES) -> Iterator[str]:
    """Yield what is wrong with the catalogues, a sentence each."""
    wanted = {(one.context, one.key if isinstance(one.key, str) else one.key[0]): one for one in sentences}
    for language in LANGUAGES:
        catalog = load(language, locales)
        place = path(language, locales=locales).relative_to(locales.parent)
        known = {(message.context, _singular(message)): message for message in catalog if message.id}
        yield from (f"{place}: lacks “{key[1]}”; run `make messages`." for key in wanted.keys() - known.keys())
        yield from (
            f"{place}: “{key[1]}” stands nowhere any more; run `make messages`." for key in known - wanted.keys()
        )
        for message in known.values():
            yield from (f"{place}: “{_singular(message)}” {problem}" for problem in problems(message))
        compiled_file = path(language, "mo", locales)
        if not compiled_file.exists() or compiled_file.read_bytes() != compiled(catalog):
            yield f"{place}: is not what was compiled; run `make messages`."


def problems(message: Message) -> Iterator[str]:
    """Yield what is wrong with one entry: no words, doubtful ones, other places for values, other tags."""
    if message.fuzzy:
        yield "is marked as fuzzy."
    strings = _strings(message)
    if not all(strings):
        yield "has no words yet."
        return
    ids = (message.id,) if isinstance(message.id, str) else tuple(message.id)
    for number, words in enumerate(strings):
        meant = ids[min(number, len(ids) - 1)]
        # Where a form is for one thing only, its number may be left out.
        may_lack = {"number", "counter"} if len(ids) > 1 and number == 0 else set()
        if _places(words) ^ _places(meant) - may_lack and not _places(meant) - may_lack <= _places(words) <= _places(
            meant
        ):
            yield f"has other places for values than “{words}”."
        if sorted(TAG.findall(words)) != sorted(TAG.findall(meant)):
            yield f"has other tags than “{words}”."


def _places(words: str) -> set[str]:
    return {found[1] or found[2] or found[0] for found in PLACE.finditer(words.replace("%%", ""))}


def _strings(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def _start_django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    django.setup()


def main(arguments: list[str] | None = None) -> int:
    """Bring the catalogues up to date, or say what is wrong with them; then the exit status is 1."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing")
    options = parser.parse_args(arguments)
    _start_django()
    if not options.check:
        update()
        return 0
    found = list(complaints(gather()))
    for complaint in found:
        print(complaint)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
