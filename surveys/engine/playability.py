"""What a call could not play of a survey: each problem with its reason. Plain Python."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from config.kernel.text import N_, Sentence
from surveys.engine.states import ENDS, WORDS, SectionType

KEYS = "0123456789"


@dataclass(frozen=True)
class PlayedSection:
    """What decides whether a call can play a section; `labels` are the keys 0 to 9 that have one."""

    order: int
    type: int
    question: str
    is_heard: bool  # has a script or a recording
    labels: frozenset[str]
    rating_laps: int | None
    validate_number: bool
    number_digits: int | None
    min_number: int | None
    max_number: int | None
    phonenumber: str
    conference: str
    sms_text: str
    keys: tuple[str, ...]  # of its branchings


def problems(sections: Iterable[PlayedSection]) -> list[Sentence]:
    """Return what stands against playing a survey, in the order of its sections; nothing where it can be played."""
    found: list[Sentence] = []
    rows = sorted(sections, key=lambda row: row.order)
    for order, number in Counter(row.order for row in rows).items():
        if number > 1:
            found.append(N_("%(number)s sections stand in place %(order)s.", number=number, order=order))
    for row in rows:
        where = {"order": row.order, "question": row.question[:40]}
        found += [N_("Section %(order)s (“%(question)s”): %(reason)s", reason=reason, **where) for reason in _of(row)]
    return found


def _of(row: PlayedSection) -> Iterator[Sentence]:
    needed = NEEDS.get(row.type)
    if needed and not needed[0](row):
        yield needed[1]
    if row.type != SectionType.HANGUP and not row.is_heard:
        yield N_("it says nothing: it has neither a script nor a recording.")
    for keys in row.keys:
        if row.type in ENDS:
            yield N_("the call ends here, and cannot go on with “%(keys)s”.", keys=keys)
        elif not _gives(row, keys):
            yield N_("it never gives “%(keys)s”.", keys=keys)


def _has_range(row: PlayedSection) -> bool:
    """Return whether there is a number that fits: its digits, and its range where that counts."""
    if not row.number_digits:
        return False
    low, high = _range(row)
    return not row.validate_number or low <= min(high, 10**row.number_digits - 1)


def _range(row: PlayedSection) -> tuple[int, int]:
    high = row.max_number if row.max_number is not None else 10 ** (row.number_digits or 0) - 1
    return row.min_number or 0, high


NEEDS: Mapping[int, tuple[Callable[[PlayedSection], bool], Sentence]] = {
    SectionType.MULTI_CHOICE: (lambda row: bool(row.labels), N_("a choice needs a label for one key at least.")),
    SectionType.RATING_QUESTION: (lambda row: bool(row.rating_laps), N_("a rating needs a highest answer from 1 on.")),
    SectionType.CAPTURE_DIGITS: (_has_range, N_("no number that can be typed fits its digits and its range.")),
    SectionType.CALL_TRANSFER: (lambda row: bool(row.phonenumber), N_("a transfer needs a number.")),
    SectionType.CONFERENCE: (lambda row: bool(row.conference), N_("a conference needs a room.")),
    SectionType.SMS: (lambda row: bool(row.sms_text), N_("a text message needs a text.")),
}


def _gives(row: PlayedSection, keys: str) -> bool:
    """Return whether a section can end with some keys: what is only played gives 0, or timeout."""
    match row.type:
        case SectionType.MULTI_CHOICE:
            return keys in WORDS or keys in row.labels
        case SectionType.RATING_QUESTION:
            return keys in WORDS or (keys.isdigit() and 1 <= int(keys) <= (row.rating_laps or 0))
        case SectionType.CAPTURE_DIGITS:
            low, high = _range(row)
            is_short = keys.isdigit() and len(keys) <= (row.number_digits or 0)
            return keys in WORDS or (is_short and (not row.validate_number or low <= int(keys) <= high))
        case _:
            return keys in ("0", "timeout")
