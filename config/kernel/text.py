"""Sentences that people read, kept apart from the language in which they are read. Plain Python.

Engines and errors hold sentences in English, marked for the catalogues; the language is that of the reader, and chosen
where a sentence is shown (`config/kernel/language.py` says how).
"""

from collections.abc import Callable, Mapping
from typing import Any, Self


class Sentence(str):
    """A sentence in English that knows how to be said in other languages.

    As a text it is the English sentence with its values filled in. `template` is the key of the catalogues, with named
    places (`%(name)s`); a value may be a sentence itself.
    """

    template: str
    values: Mapping[str, object]

    def __new__(cls, template: str, values: Mapping[str, object] | None = None) -> Self:
        self = super().__new__(cls, template % values if values else template)
        self.template = template
        self.values = dict(values or {})
        return self

    def __getnewargs__(self) -> tuple[str, Mapping[str, object]]:  # type: ignore[override] # str has one
        """Let copies and pickles keep the values."""
        return self.template, self.values

    def told(self, translate: Callable[[str], str]) -> str:
        """Return it in the language of a catalogue's look-up."""
        if not self.template:
            return ""
        if not self.values:
            return translate(self.template)
        return translate(self.template) % {name: _told(value, translate) for name, value in self.values.items()}

    def as_json(self) -> dict[str, Any]:
        """Return what `read` makes a sentence of again."""
        values = {k: v.as_json() if isinstance(v, Sentence) else v for k, v in self.values.items()}
        return {"sentence": self.template, "values": values}


def _told(value: object, translate: Callable[[str], str]) -> object:
    return value.told(translate) if isinstance(value, Sentence) else value


def N_(sentence: str, **values: object) -> Sentence:  # the mark's usual name
    """Mark a sentence for the catalogues; it is said in the reader's language where it is shown."""
    return Sentence(sentence, values)


def read(stored: Mapping[str, Any]) -> Sentence:
    """Return the sentence that `Sentence.as_json` wrote."""
    values = {k: read(v) if isinstance(v, dict) and "sentence" in v else v for k, v in stored["values"].items()}
    return Sentence(stored["sentence"], values)


def of(error: BaseException) -> str:
    """Return the sentence of an error of plain Python, still with its values where it has some."""
    return error.args[0] if error.args and isinstance(error.args[0], str) else str(error)


def message(error: BaseException) -> str:
    """Return what an error of plain Python says, in the language that is active."""
    return told(of(error))


def told(text: str) -> str:
    """Return a sentence in the language that is active; in English where no catalogue was installed."""
    return text.told(_catalogue["gettext"]) if isinstance(text, Sentence) else text


def install(gettext: Callable[[str], str]) -> None:
    """Take a look-up of catalogues: Django's, when the program has started."""
    _catalogue["gettext"] = gettext


_catalogue: dict[str, Callable[[str], str]] = {"gettext": str}
