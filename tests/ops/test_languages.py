"""No sentence stands outside the catalogues, and none of them lacks words."""

import ast
import io
from importlib import import_module

import pytest
from babel.messages import mofile
from babel.messages.catalog import Catalog

from tools import messages, unmarked_sentences
from tools.messages import Found


def found_in(source):
    """Return the texts of a module that are taken for unmarked sentences."""
    return [unmarked_sentences._text(node) for node, _why in unmarked_sentences.in_module(source, {"NoRecipient"})]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('raise NoRecipient("nobody to write to")', "nobody to write to"),
        ('raise errors.NoRecipient(f"nobody at {place}", field="to")', "nobody at %"),
        ('raise serializers.ValidationError({"end": "It ends early"})', "It ends early"),
        ('raise ValidationError("one" if one else "more")', "one"),
        ('raise ValueError("This public key cannot be read.")', "This public key cannot be read."),
        ('messages.error(request, f"{kept} is kept")', "% is kept"),
        ('day = forms.DateField(label="Day")', "Day"),
        ('name = models.CharField(help_text="As people call it.")', "As people call it."),
        ('class Meta:\n    verbose_name = "thing"', "thing"),
        ('class Kind(models.TextChoices):\n    FAILED = "failed", "Not delivered"', "Not delivered"),
        ('fieldsets = (("Record", {"fields": ()}),)', "Record"),
        ('verbs = (RowAction("end", _("End"), "ended"),)', "ended"),
        ('form.add_error("day", "Not that day")', "Not that day"),
        ('@display(description="state")\ndef show(self, row): ...', "state"),
        ('return JsonResponse({"detail": "There is no such address", "code": "x"})', "There is no such address"),
        ('NOTE = "Nothing more follows."', "Nothing more follows."),
        ('return f"{count} visits stand there: look."', "% visits stand there: look."),
    ],
)
def test_unmarked_sentence_is_found(source, words):
    assert words in found_in(source)


@pytest.mark.parametrize(
    "source",
    [
        'raise NoRecipient(_("nobody to write to"), field="to")',
        'raise NoRecipient(N_("nobody at %(place)s", place=place))',
        'raise ValidationError(_("%(n)d left") % {"n": n}, code="few")',
        'day = forms.DateField(label=gettext_lazy("Day"))',
        'raise RuntimeError("This must not happen.")',
        'log.warning("A letter could not be sent.")',
        'logger.exception("It broke.")',
        '"""A docstring is a sentence."""',
        'def f():\n    """A docstring is a sentence."""',
        'rows.filter(label="")',
        '@display(description=_("state"), label={"failed": "danger"})\ndef show(self, row): ...',
        '@extend_schema(description="For programs.")\ndef get(self): ...',
        'SQL = "SELECT id FROM things WHERE state = 1"',
        'url = "https://example.com/"',
    ],
)
def test_what_is_marked_or_not_for_people_passes(source):
    assert found_in(source) == []


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<p>Nothing more follows.</p>", "Nothing more follows."),
        ("<h1>{{ row }}</h1>\n<p>\n  See all {{ total }} visits\n</p>", "See all  visits"),
        ('<button aria-label="Close it">×</button>', "Close it"),
        ('<td data-label="Time"></td>', "Time"),
        ('<input placeholder="Name">', "Name"),
        ('{% include "form.html" with button="Make it" %}', '"Make it"'),
        ('<p>{% translate "Marked" %} and unmarked</p>', "and unmarked"),
    ],
)
def test_unmarked_words_of_a_template_are_found(source, words):
    assert words in [text for _line, text in unmarked_sentences.in_template(source)]


@pytest.mark.parametrize(
    "source",
    [
        '<p>{% translate "Nothing more follows." %}</p>',
        "<p>{% blocktranslate trimmed with n=total %}\nSee all {{ n }} visits\n{% endblocktranslate %}</p>",
        '<button aria-label="{% translate "Close it" %}">×</button>',
        '{% include "form.html" with button=_("Make it") %}',
        "<script>let words = 1</script><title>Punctual</title>",
        '<p class="lead">{{ row.words }} · {{ row.at|date:"j F" }}</p>',
        '<span class="material-symbols-outlined">lock_open</span>',
        "{# A comment is not read. #}",
    ],
)
def test_marked_words_of_a_template_pass(source):
    assert unmarked_sentences.in_template(source) == []


def test_line_of_a_template_is_told():
    assert unmarked_sentences.in_template("{% if a %}\n\n{% endif %}\n<p>Here it is</p>\n")[0][0] == 4


def test_no_sentence_of_ours_is_unmarked():
    assert list(unmarked_sentences.complaints()) == []


def gathered(kind, source):
    """Return what is gathered from a module or a template, as keys with their contexts."""
    gatherer = messages.Gatherer()
    getattr(gatherer, f"read_{kind}")(source, "file")
    return [(found.key, found.context) for found in gatherer.found.values()]


@pytest.mark.parametrize(
    ("kind", "source", "keys"),
    [
        ("module", '_("one" " and two")', [("one and two", None)]),
        ("module", 'N_("at %(place)s", place=N_("home"))', [("at %(place)s", None), ("home", None)]),
        ("module", 'ngettext("%(n)d event", "%(n)d events", n)', [(("%(n)d event", "%(n)d events"), None)]),
        ("module", 'pgettext_lazy("verb", "Answer")', [("Answer", "verb")]),
        ("module", "_(words)", []),
        ("template", '{% load i18n %}<p title="{% translate "Day" %}">{{ x }}</p>', [("Day", None)]),
        ("template", '{% include "a.html" with button=_("Make it") %}', [("Make it", None)]),
        (
            "template",
            "{% blocktranslate trimmed count n=c %}{{ n }} code\n{% plural %}\n {{ n }} codes{% endblocktranslate %}",
            [(("%(n)s code", "%(n)s codes"), None)],
        ),
    ],
)
def test_marked_sentences_are_gathered(kind, source, keys):
    assert gathered(kind, source) == keys


@pytest.fixture(scope="module")
def ours():
    """Return all sentences of ours."""
    return messages.gather()


def test_sentences_of_errors_fields_and_choices_are_gathered(ours):
    keys = {found.key for found in ours}
    assert {
        "The event is cancelled and can no longer change.",  # the docstring of an error
        "first name",  # a field
        "calendar users",  # several rows
        "In process",  # a state of an engine
        "Search apps and models...",  # the admin's look
    } <= keys


def catalogue(tmp_path, language, entries):
    """Write a catalogue, and compile it."""
    catalog = Catalog(locale=language)
    for key, words in entries.items():
        catalog.add(key, words)
    for suffix, content in (("po", messages.written(catalog)), ("mo", messages.compiled(catalog))):
        file = messages.path(language, suffix, tmp_path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


@pytest.fixture
def locales(tmp_path):
    folder = tmp_path / "locale"
    for language, words in {"en": "Day", "fr": "Jour", "de": "Tag", "es": "Día"}.items():
        catalogue(folder, language, {"Day": words})
    return folder


def complaints(locales, *keys):
    return [text.partition(": ")[2] for text in messages.complaints([Found(key, None) for key in keys], locales)]


def test_whole_catalogues_are_no_matter(locales):
    assert complaints(locales, "Day") == []


def test_sentence_that_a_catalogue_lacks_is_told(locales):
    assert complaints(locales, "Day", "Week") == ["lacks “Week”; run `make messages`."] * 4


def test_sentence_that_stands_nowhere_is_told(locales):
    assert complaints(locales) == ["“Day” stands nowhere any more; run `make messages`."] * 4


@pytest.mark.parametrize(
    ("key", "words", "problem"),
    [
        ("Day", "", "“Day” has no words yet."),
        ("%(n)s of %(m)s", "%(n)s von allen", "“%(n)s of %(m)s” has other places for values than “%(n)s von allen”."),
        ("%(n)s left", "%(zahl)s übrig", "“%(n)s left” has other places for values than “%(zahl)s übrig”."),
        ("1 to {most}", "1 bis most", "“1 to {most}” has other places for values than “1 bis most”."),
        ("<b>Day</b>", "Tag", "“<b>Day</b>” has other tags than “Tag”."),
        (("%(n)s day", "%(n)s days"), ("Ein Tag", ""), "“%(n)s day” has no words yet."),
        (
            ("%(name)s day", "%(name)s days"),
            ("Ein Tag", "%(name)s Tage"),
            "“%(name)s day” has other places for values than “Ein Tag”.",
        ),
    ],
)
def test_bad_entry_is_told(locales, key, words, problem):
    for language in ("en", "fr", "es"):
        catalogue(locales, language, {key: key})
    catalogue(locales, "de", {key: words})
    assert complaints(locales, key) == [problem]


def test_form_for_one_thing_may_leave_its_number_out(locales):
    key = ("%(number)s day", "%(number)s days")
    for language in ("en", "fr", "es"):
        catalogue(locales, language, {key: key})
    catalogue(locales, "de", {key: ("Ein Tag", "%(number)s Tage")})
    assert complaints(locales, key) == []


def test_doubtful_entry_is_told(locales):
    file = messages.path("de", locales=locales)
    file.write_text(file.read_text().replace('msgid "Day"', '#, fuzzy\nmsgid "Day"'))
    found = complaints(locales, "Day")
    assert "“Day” is marked as fuzzy." in found


def test_catalogue_that_was_not_compiled_is_told(locales):
    file = messages.path("de", locales=locales)
    file.write_text(file.read_text().replace('msgstr "Tag"', 'msgstr "Datum"'))
    assert complaints(locales, "Day") == ["is not what was compiled; run `make messages`."]


def test_bringing_up_to_date_keeps_words_and_drops_what_stands_nowhere(locales, monkeypatch):
    monkeypatch.setattr(messages, "gather", lambda: [Found("Day", None, {"a.py"}), Found("Week", None, {"b.py"})])
    messages.update(locales)
    told = messages.load("de", locales)
    assert {message.id: message.string for message in told if message.id} == {"Day": "Tag", "Week": ""}
    assert messages.load("en", locales).get("Week").string == "Week"
    compiled = mofile.read_mo(io.BytesIO(messages.path("de", "mo", locales).read_bytes()))
    assert compiled.get("Day").string == "Tag"


def test_dates_are_written_in_every_language_in_the_same_formats():
    names = {
        language: {name for name in vars(import_module(f"config.formats.{language}.formats")) if name.isupper()}
        for language in messages.LANGUAGES
    }
    assert names["fr"] == names["de"] == names["es"] == names["en"]


def test_catalogues_are_whole(ours):
    assert list(messages.complaints(ours)) == []


def eager(node, names):
    """Yield the lines in which a module translates while it is imported, for no particular reader."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        parts = [*getattr(node, "decorator_list", []), *node.args.defaults, *filter(None, node.args.kw_defaults)]
    else:
        parts = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
        yield node.lineno
    for part in parts:
        yield from eager(part, names)


def eager_in(source):
    tree = ast.parse(source)
    imported = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names = {
        alias.asname or alias.name
        for node in imported
        if node.module == "django.utils.translation"
        for alias in node.names
        if alias.name in ("gettext", "ngettext", "pgettext")
    }
    return list(eager(tree, names))


def test_a_sentence_translated_at_import_is_seen():
    source = (
        "from django.utils.translation import gettext as _\n\n\ndef f(a=_('x')):\n    return _('y')\n\n\nB = _('z')\n"
    )
    assert eager_in(source) == [4, 8]


def test_no_sentence_is_translated_at_import():
    apps = (*unmarked_sentences.APPS, "simulator", "demo")
    files = [file for app in apps for file in (unmarked_sentences.ROOT / app).rglob("*.py")]
    assert {file.name: lines for file in files if (lines := eager_in(file.read_text()))} == {}
