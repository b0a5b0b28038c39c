"""Tables of one person: cells that no spreadsheet calculates."""

import csv
import io
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from contacts.engine import personal_data_files
from contacts.engine.personal_data_files import ExportTable


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\x00"])
def test_formula_gets_an_apostrophe(start):
    assert personal_data_files.csv_cell(f"{start}1+1") == f"'{start}1+1"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("+15551234567", "'+15551234567"),
        (-5, "'-5"),
        ("Ana", "Ana"),
        (None, ""),
        (0, "0"),
        (False, "False"),
        ({"first_name": "Zoé"}, '{"first_name": "Zoé"}'),
        (["=1"], '["=1"]'),
        (" =1", " =1"),
        ("'", "'"),
    ],
)
def test_cell(value, text):
    assert personal_data_files.csv_cell(value) == text


def test_values_of_rows_become_plain():
    at = datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert personal_data_files.json_value(at) == "2026-11-23T09:00:00+00:00"
    assert personal_data_files.json_value(at.date()) == "2026-11-23"
    assert personal_data_files.json_value(at.time()) == "09:00:00"
    assert personal_data_files.json_value(UUID(int=1)) == "00000000-0000-0000-0000-000000000001"
    assert personal_data_files.json_value({"a": 1}) == {"a": 1}


def test_table_survives_quotes_and_lines():
    table = ExportTable("x", ["a", "b"], [{"a": 'say "hi"', "b": "one,\ntwo"}])
    assert list(csv.reader(io.StringIO(personal_data_files.as_csv(table)))) == [["a", "b"], ['say "hi"', "one,\ntwo"]]


def test_archive_has_a_file_for_each_table():
    archive = zipfile.ZipFile(
        io.BytesIO(personal_data_files.as_zip([ExportTable("x", ["a"], [{"a": "é"}]), ExportTable("y", ["b"], [])]))
    )
    assert {name: archive.read(name) for name in archive.namelist()} == {
        "x.csv": b"\xef\xbb\xbfa\r\n\xc3\xa9\r\n",
        "y.csv": b"\xef\xbb\xbfb\r\n",
    }


def test_numbers_and_lists_of_a_row_are_told_as_json_knows_them():
    known = UUID(int=7)
    assert personal_data_files.json_value([known, Decimal("2.50"), None]) == [str(known), "2.50", None]
