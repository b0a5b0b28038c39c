"""Finding values in JSON by a path, and in plain text by what stands around them. Plain Python.

There are no regular expressions of tenants on purpose: one that backtracks would stop a worker.
"""

import re
from typing import Any

PATH = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
VALUE = re.compile(r"[^\s,;&<>\"']{1,200}")


def at(data: Any, path: str) -> Any:
    """Return what stands at a path (`messages.0.id`; empty: the data itself), None when there is nothing."""
    for part in path.split(".") if path else ():
        if isinstance(data, dict):
            data = data.get(part)
        elif isinstance(data, list) and part.isdecimal() and int(part) < len(data):
            data = data[int(part)]
        else:
            return None
    return data


def text_at(data: Any, path: str) -> str:
    """Return the text or number at a path as text, empty when there is neither."""
    found = at(data, path) if path else None
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return ""
    return str(found).replace("\x00", "")


def around(text: str, template: str) -> str:
    """Return what stands in place of `{id}` in the first part of a text that is like the template, empty otherwise."""
    before, _, after = template.partition("{id}")
    start = text.find(before)
    if start < 0:
        return ""
    found = VALUE.match(text, start + len(before))
    if found is None or not text.startswith(after, found.end()):
        return ""
    return found[0]


def words(text: str) -> frozenset[str]:
    """Return the words of a list with commas, in small letters."""
    return frozenset(word for part in text.split(",") if (word := part.strip().lower()))
