"""Lists of entity tags."""

import re
import time

import pytest

from accounts.engine import entity_tags

LISTS = {
    '"a"': {'"a"'},
    ' "a" ,\t"b"': {'"a"', '"b"'},
    'W/"a", "b"': {'W/"a"', '"b"'},
    '"a,b", ""': {'"a,b"', '""'},
    ', ,"a",,': {'"a"'},
    "": set(),
    '"é"': {'"é"'},
    " * ": {"*"},
}


@pytest.mark.parametrize("text", LISTS)
def test_list_is_read(text):
    assert entity_tags.read(text) == LISTS[text]


@pytest.mark.parametrize("text", ["a", '"a', '"a" "b"', 'w/"a"', 'W/ "a"', '*, "a"', '"a b"', '"a"; "b"', "**"])
def test_what_is_no_list_is_told(text):
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        entity_tags.read(text)


def test_long_header_is_read_at_once():
    started = time.perf_counter()
    with pytest.raises(ValueError, match="x$"):
        entity_tags.read(" \t" * 30_000 + "x")
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    ("text", "strong", "weak"),
    [
        ('"a"', True, True),
        ('W/"a"', False, True),
        ('"b", W/"a"', False, True),
        ('"b"', False, False),
        ("*", True, True),
        ("", False, False),
    ],
)
def test_weak_tags_count_only_where_they_may(text, strong, weak):
    tags = entity_tags.read(text)
    assert (entity_tags.match(tags, '"a"'), entity_tags.match_weakly(tags, '"a"')) == (strong, weak)


@pytest.mark.parametrize(
    ("header", "known"), [(None, False), ("a b", False), ("*", True), ('"a"', True), ('W/"a"', True), ('"b"', False)]
)
def test_tag_is_known_by_its_name_or_as_any(header, known):
    assert entity_tags.is_known(header, '"a"') is known
