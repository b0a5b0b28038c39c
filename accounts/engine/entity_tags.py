"""Entity tags, and lists of them in the headers `If-Match` and `If-None-Match` (RFC 9110, 8.8.3 and 13.1)."""

import re

# The asterisk stands for any tag; it is none itself, since tags stand in quotes.
ANY = frozenset("*")
TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
# Possessive, so that a long header of blanks is read in linear time.
LIST = re.compile(rf"[ \t]*+(?:{TAG})?+[ \t]*+(?:,[ \t]*+(?:{TAG})?+[ \t]*+)*+")


def read(text: str) -> frozenset[str]:
    """Return the tags of a header, quotes and `W/` included, or `ANY`; raise `ValueError` where it is no list."""
    if text.strip(" \t") == "*":
        return ANY
    if not LIST.fullmatch(text):
        raise ValueError(text)
    return frozenset(re.findall(TAG, text))


def match(tags: frozenset[str], tag: str) -> bool:
    """Return whether a strong tag is among some: a weak one never equals it (RFC 9110, 8.8.3.2)."""
    return tags == ANY or tag in tags


def match_weakly(tags: frozenset[str], tag: str) -> bool:
    """Return whether a tag is among some where weak ones count as well (RFC 9110, 8.8.3.2)."""
    return tags == ANY or tag in {each.removeprefix("W/") for each in tags}


def is_known(header: str | None, tag: str) -> bool:
    """Return whether an `If-None-Match` names a tag; a header that is no list names none."""
    try:
        return header is not None and match_weakly(read(header), tag)
    except ValueError:
        return False
