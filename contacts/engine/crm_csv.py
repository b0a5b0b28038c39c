"""The CSV file of contacts that the older contact service imported (its `import_csv`). Plain Python.

Comma-separated, UTF-8, the first line skipped. Columns by letter: A customer id, B UUID, C first and D last name, E
suffix, F title in German, G company, H home, I fax and J mobile phone, K office e-mail, L notes, M, O, P and Q street,
postal code, city and notes of the site. From AB on stand products of a site, which Punctual does not keep.
"""

import csv
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from contacts.engine.contact_points import ContactPoint

TITLES = {"herr": "mr", "frau": "mrs", "familie": "family", "eheleute": "family"}
PHONES = {"H": "home", "I": "fax", "J": "mobile"}
LARGEST = 2**31 - 1


class BadRow(ValueError):
    """A row that names no contact; the text says why, and `value` what stood there."""

    def __init__(self, text: str, value: str) -> None:
        super().__init__(text)
        self.value = value


@dataclass(frozen=True)
class CrmContact:
    """A contact as a row has it; what is empty there is empty here."""

    uuid: uuid.UUID
    customer_id: int | None
    texts: dict[str, str]
    phones: list[ContactPoint] = field(default_factory=list)
    emails: list[ContactPoint] = field(default_factory=list)
    address: dict[str, str] = field(default_factory=dict)


def read(lines: Iterable[str]) -> Iterator[tuple[int, CrmContact | BadRow]]:
    """Yield each row after the first with its number in the file, from 2; blank rows are left out."""
    rows = csv.reader(lines)
    next(rows, None)
    for number, cells in enumerate(rows, 2):
        if any(cell.strip() for cell in cells):
            try:
                yield number, _contact(cells)
            except BadRow as problem:
                yield number, problem


def _contact(cells: list[str]) -> CrmContact:
    def at(letter: str) -> str:
        place = ord(letter) - ord("A")
        return cells[place].strip() if place < len(cells) else ""

    notes = [note for note in (at("L"), at("Q")) if note]
    texts = {"first_name": at("C"), "last_name": at("D"), "suffix": at("E"), "company": at("G")}
    address = {"street": at("M"), "postal_code": at("O"), "city": at("P")}
    return CrmContact(
        uuid=_uuid(at("B")),
        customer_id=_customer_id(at("A")),
        texts={**texts, "title": TITLES.get(at("F").lower(), ""), "notes": "\n".join(notes)},
        phones=[ContactPoint(at(letter), kind) for letter, kind in PHONES.items() if at(letter)],
        emails=[ContactPoint(at("K"), "office")] if at("K") else [],
        # Where work is done, as the older service's products were.
        address={"kind": "delivery", **address} if any(address.values()) else {},
    )


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise BadRow("uuid", text) from None


def _customer_id(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or not 0 < int(text[:11]) <= LARGEST:
        raise BadRow("customer_id", text)
    return int(text)
