"""Match columns of a CSV file to fields of a visit, with defaults. Plain Python."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

PATTERN = re.compile(r"\{line(?::0(\d{1,2})d)?\}")


class CsvField(StrEnum):
    """The fields of a visit and its patient that a row can hold."""

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
KNOWN: dict[str, CsvField] = {member.value.replace("_", ""): member for member in CsvField} | {
    "appointmentid": CsvField.EXTERNAL_ID,
    "aptnum": CsvField.EXTERNAL_ID,
    "patientid": CsvField.CONTACT_EXTERNAL_ID,
    "patnum": CsvField.CONTACT_EXTERNAL_ID,
    "contactid": CsvField.CONTACT_EXTERNAL_ID,
    "firstname": CsvField.FIRST_NAME,
    "givenname": CsvField.FIRST_NAME,
    "surname": CsvField.LAST_NAME,
    "familyname": CsvField.LAST_NAME,
    "mobile": CsvField.PHONE,
    "phonenumber": CsvField.PHONE,
    "emailaddress": CsvField.EMAIL,
    "date": CsvField.START,
    "startsat": CsvField.START,
    "starttime": CsvField.TIME,
    "endsat": CsvField.END,
    "minutes": CsvField.DURATION,
    "reason": CsvField.TITLE,
    "clinicnumber": CsvField.CLINIC,
    "clinicnum": CsvField.CLINIC,
    "timezone": CsvField.TIME_ZONE,
    "zone": CsvField.TIME_ZONE,
}


class BadMapping(ValueError):
    """An option names a column or field that is not there; the message says which ones are."""


@dataclass(frozen=True, slots=True)
class CsvValue:
    """The value of a field in a row, its column, and whether it is a default."""

    text: str
    column: str
    is_default: bool = False


NOTHING = CsvValue("", "")


@dataclass(frozen=True)
class ColumnMapping:
    """The column of each field, and its default."""

    places: Mapping[CsvField, tuple[int, str]]
    defaults: Mapping[CsvField, str] = field(default_factory=dict)
    ignored: Sequence[str] = ()

    def has(self, name: CsvField) -> bool:
        """Return whether rows can hold a field at all."""
        return name in self.places or name in self.defaults

    def value(self, name: CsvField, values: Sequence[str], line: int) -> CsvValue:
        """Return a field of a row; a default takes the place of an empty value."""
        place = self.places.get(name)
        if place and values[place[0]]:
            return CsvValue(values[place[0]], place[1])
        default = self.defaults.get(name)
        if default is None:
            return NOTHING if not place else CsvValue("", place[1])
        return CsvValue(
            fill_placeholders(default, line), place[1] if place else f"--default {name.value}", is_default=True
        )


def match_columns(header: Sequence[str], *, mapped: Mapping[str, str], defaults: Mapping[str, str]) -> ColumnMapping:
    """Match a header and the options `column=field` and `field=value`; raise `BadMapping` when they do not fit."""
    places: dict[CsvField, tuple[int, str]] = {}
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
    return ColumnMapping(places, {_field(name): value for name, value in defaults.items()}, ignored)


def fill_placeholders(pattern: str, line: int) -> str:
    """Replace `{line}` and `{line:07d}` by the number of the line; nothing else is a placeholder."""
    return PATTERN.sub(lambda match: str(line).zfill(int(match[1] or 0)), pattern)


def _field(name: str) -> CsvField:
    try:
        return CsvField(name)
    except ValueError:
        raise BadMapping(f"There is no field “{name}”; the fields are {', '.join(CsvField)}.") from None


def _index(header: Sequence[str], column: str) -> int:
    if column not in header:
        raise BadMapping(f"The file has no column “{column}”; its columns are {', '.join(header)}.")
    return list(header).index(column)
