"""A gateway's configuration, read once: what does not fit is named by its field."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from notifications.engine import rendering
from notifications.errors import BadConfiguration
from notifications.providers.http_sms import form
from notifications.providers.http_sms.selectors import PATH, words

SECRETS = frozenset({"username", "password", "token"})
IN_BODY = SECRETS | {"to", "from", "text", "id", "receipt_url"}
IN_HEADERS = SECRETS | {"basic"}
HEADER = re.compile(r"(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(?P<value>[ -~]*)")
STATUS = re.compile(r"([1-5][0-9]{2})(?:\s*-\s*([1-5][0-9]{2}))?")
DEFAULTS = {field.name: field.default for field in form.FIELDS if not field.is_secret}
PATHS = [name for name in DEFAULTS if name.endswith("_path")]
CHOICES = {field.name: {value for value, _label in field.choices} for field in form.FIELDS if field.choices}


@dataclass(frozen=True)
class HttpSmsSettings:
    """A configuration that fits; `values` are the plain ones, by the names of the fields."""

    values: Mapping[str, str]
    body: Any  # parsed JSON, or pairs of form fields
    headers: tuple[tuple[str, str], ...]
    statuses: tuple[tuple[int, int], ...]  # spans of statuses that mean acceptance

    def words(self, name: str) -> frozenset[str]:
        """Return the words of a field that holds several."""
        return words(self.values[name])

    def is_accepted(self, status: int) -> bool:
        """Return whether an HTTP status means acceptance."""
        return any(first <= status <= last for first, last in self.statuses)


def parse(configuration: Mapping[str, str]) -> HttpSmsSettings:
    """Read a configuration; what is missing has its default. Raises `BadConfiguration` with the field."""
    values = {**DEFAULTS, **{name: value for name, value in configuration.items() if name in DEFAULTS}}
    for name, known in CHOICES.items():
        _require(values[name] in known, name, _("Choose one of: {known}.").format(known=", ".join(sorted(known))))
    for name in PATHS:
        _require(not values[name] or bool(PATH.fullmatch(values[name])), name, _("Write a path such as data.id."))
    text = values["id_text"]
    _require(not text or text.count("{id}") == 1, "id_text", _("Write {id} once, where the id stands."))
    needs_name = values["push_check"] != "none"
    _require(not needs_name or bool(values["push_check_name"]), "push_check_name", _("Name the header or parameter."))
    return HttpSmsSettings(values, _body(values), _headers(values["headers"]), _statuses(values["accepted_status"]))


def _require(fits: bool, field: str, sentence: str) -> None:
    if not fits:
        raise BadConfiguration(sentence, field=field)


def _body(values: Mapping[str, str]) -> Any:
    if values["body_format"] == "form":
        return _form_body(values["body"])
    _require(values["method"] != "GET", "body_format", _("A GET request has form fields, which stand in its address."))
    try:
        found = json.loads(values["body"])
    except (ValueError, RecursionError) as error:
        raise BadConfiguration(_("Write JSON; placeholders stand inside of texts."), field="body") from error
    for each in _texts(found):
        _check_template("body", each, IN_BODY)
    return found


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for each in value.values() for text in _texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    return [value] if isinstance(value, str) else []


def _form_body(text: str) -> list[tuple[str, str]]:
    pairs = []
    for line in text.splitlines():
        name, sign, value = line.partition("=")
        if not line.strip():
            continue
        _require(bool(sign and name.strip()), "body", _("Write one field a line, as name=value."))
        _check_template("body", value, IN_BODY)
        pairs.append((name.strip(), value.strip()))
    return pairs


def _headers(text: str) -> tuple[tuple[str, str], ...]:
    found = []
    for line in filter(str.strip, text.splitlines()):
        header = HEADER.fullmatch(line.strip())
        _require(header is not None, "headers", _("Write one header a line, as Name: value."))
        if header:
            _check_template("headers", header["value"], IN_HEADERS)
            found.append((header["name"], header["value"]))
    return tuple(found)


def _check_template(field: str, text: str, known: frozenset[str]) -> None:
    if wrong := rendering.problem(text):
        raise BadConfiguration(wrong, field=field)
    unknown = sorted(set(rendering.PLACEHOLDER.findall(text)) - known)
    words = _("There is no placeholder {name}; there are: {known}.")
    shown = ", ".join(f"{{{name}}}" for name in sorted(known))
    _require(not unknown, field, words.format(name=f"{{{unknown[0]}}}" if unknown else "", known=shown))


def _statuses(text: str) -> tuple[tuple[int, int], ...]:
    spans = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        span = STATUS.fullmatch(part)
        _require(span is not None, "accepted_status", _("Write statuses such as 200-299 or 200, 202."))
        if span:
            spans.append((int(span[1]), int(span[2] or span[1])))
    _require(bool(spans), "accepted_status", _("Write statuses such as 200-299 or 200, 202."))
    return tuple(spans)
