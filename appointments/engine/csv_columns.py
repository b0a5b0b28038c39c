"""Which column of a file is which field of a visit, and what stands in for an empty one. Plain Python."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

PATTERN = re.compile(r"\{line(?::0(\d{1,2})d)?\}")


class Field(StrEnum):
    """What a row can tell of a visit and its patient."""

    EXTERNAL_ID = "external_id"
    CONTACT_EXTERNAL_ID = "contact_external_id"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    PHONE = "phone"
    EMAIL = "email"
    START = "start"
    TIME = "time"
    END = "end"
    DURATION = "duration"
    TITLE = "title"
    CLINIC = "clinic"
    STATUS = "status"
    LANGUAGE = "language"
    TIME_ZONE = "time_zone"
    CONTACT_TIME_ZONE = "contact_time_zone"


# Headers that need no --map; compared in lower case without spaces and signs.
KNOWN: dict[str, Field] = {member.value.replace("_", ""): member for member in Field} | {
    "appointmentid": Field.EXTERNAL_ID,
    "aptnum": Field.EXTERNAL_ID,
    "patientid": Field.CONTACT_EXTERNAL_ID,
    "patnum": Field.CONTACT_EXTERNAL_ID,
    "contactid": Field.CONTACT_EXTERNAL_ID,
    "firstname": Field.FIRST_NAME,
    "givenname": Field.FIRST_NAME,
    "surname": Field.LAST_NAME,
    "familyname": Field.LAST_NAME,
    "mobile": Field.PHONE,
    "phonenumber": Field.PHONE,
    "emailaddress": Field.EMAIL,
    "date": Field.START,
    "startsat": Field.START,
    "starttime": Field.TIME,
    "endsat": Field.END,
    "minutes": Field.DURATION,
    "reason": Field.TITLE,
    "clinicnumber": Field.CLINIC,
    "clinicnum": Field.CLINIC,
    "timezone": Field.TIME_ZONE,
    "zone": Field.TIME_ZONE,
}


class BadMapping(ValueError):
    """An option names a column or field that is not there; the message says which ones are."""


@dataclass(frozen=True, slots=True)
class Value:
    """What a row holds for a field, the column it stands in, and whether a default filled it in."""

    text: str
    column: str
    is_default: bool = False


NOTHING = Value("", "")


@dataclass(frozen=True)
class Columns:
    """Where each field stands in a row, and its default."""

    places: Mapping[Field, tuple[int, str]]
    defaults: Mapping[Field, str] = field(default_factory=dict)
    ignored: Sequence[str] = ()

    def has(self, name: Field) -> bool:
        """Say whether rows can hold a field at all."""
        return name in self.places or name in self.defaults

    def value(self, name: Field, values: Sequence[str], line: int) -> Value:
        """Return a field of a row; a default takes the place of an empty value."""
        place = self.places.get(name)
        if place and values[place[0]]:
            return Value(values[place[0]], place[1])
        default = self.defaults.get(name)
        if default is None:
            return NOTHING if not place else Value("", place[1])
        return Value(fill(default, line), place[1] if place else f"--default {name.value}", is_default=True)


def find(header: Sequence[str], *, mapped: Mapping[str, str], defaults: Mapping[str, str]) -> Columns:
    """Match a header and the options `column=field` and `field=value`; raise `BadMapping` when they do not fit."""
    places: dict[Field, tuple[int, str]] = {}
    for column, name in mapped.items():
        chosen = _field(name)
        if chosen in places:
            raise BadMapping(f"Both “{places[chosen][1]}” and “{column}” are mapped to {name}; choose one.")
        places[chosen] = (_index(header, column), column)
    for index, column in enumerate(header):
        known = KNOWN.get(re.sub(r"[\W_]+", "", column).lower())
        if column not in mapped and known and known not in places:
            places[known] = (index, column)
    used = {index for index, _ in places.values()}
    ignored = [column for index, column in enumerate(header) if index not in used]
    return Columns(places, {_field(name): value for name, value in defaults.items()}, ignored)


def fill(pattern: str, line: int) -> str:
    """Replace `{line}` and `{line:07d}` by the number of the line; nothing else is a placeholder."""
    return PATTERN.sub(lambda match: str(line).zfill(int(match[1] or 0)), pattern)


def _field(name: str) -> Field:
    try:
        return Field(name)
    except ValueError:
        raise BadMapping(f"There is no field “{name}”; the fields are {', '.join(Field)}.") from None


def _index(header: Sequence[str], column: str) -> int:
    if column not in header:
        raise BadMapping(f"The file has no column “{column}”; its columns are {', '.join(header)}.")
    return list(header).index(column)
