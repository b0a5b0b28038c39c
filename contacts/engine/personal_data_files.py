"""Tables of personal data as CSV and ZIP. Plain Python."""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

# Spreadsheets take a cell that begins so for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\x00")


@dataclass(frozen=True)
class ExportTable:
    """Rows of one kind; each row is a mapping of all columns to values that JSON knows."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Mapping[str, Any]]


def json_value(value: Any) -> Any:
    """Return a value of a database row as JSON knows it; instants in ISO 8601, exact numbers as text."""
    if isinstance(value, list):
        return [json_value(each) for each in value]
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value) if isinstance(value, UUID | Decimal) else value


def csv_cell(value: Any) -> str:
    """Return a value as a cell that no spreadsheet calculates: a leading apostrophe shows `+1555…` as it is."""
    if value is None:
        return ""
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def as_csv(table: ExportTable) -> str:
    """Return a table with its header (RFC 4180)."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(table.columns)
    writer.writerows([csv_cell(row[column]) for column in table.columns] for row in table.rows)
    return out.getvalue()


def as_zip(tables: Iterable[ExportTable]) -> bytes:
    """Return one CSV file a table, in UTF-8 with the mark by which spreadsheets know it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for table in tables:
            archive.writestr(f"{table.name}.csv", as_csv(table).encode("utf-8-sig"))
    return out.getvalue()
