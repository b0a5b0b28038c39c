"""CSV as other programs write it: encodings, separators, values across lines. Plain Python, one record at a time."""

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

SEPARATORS = ",;\t|"
CHUNK = 1 << 20  # bytes
LONGEST_RECORD = 50  # lines; a quote still open by then was never closed
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A problem with a value of a file, and how to correct it; lines count from 1."""

    line: int
    column: str
    value: str
    text: str
    way_out: str

    def __str__(self) -> str:
        place = f"line {self.line}" + (f", column {self.column}" if self.column else "")
        value = f" “{self.value[:60]}”" if self.value else ""
        return f"{place}:{value} {self.text}; {self.way_out}."


@dataclass(frozen=True, slots=True)
class CsvRecord:
    """One row: the line on which it begins, and its values in the order of the header."""

    line: int
    values: list[str]


@dataclass(frozen=True, slots=True)
class CsvLayout:
    """Encoding, separator and header of a file; `lines` counts its line ends, for progress only."""

    encoding: str
    separator: str
    header: list[str]
    header_line: int
    lines: int


def detect_layout(path: Path, *, encoding: str = "", separator: str = "") -> CsvLayout:
    """Detect the layout of a file, in one pass and constant memory; an empty file has an empty header."""
    found, lines = _scan(path)
    encoding = encoding or found
    with _open(path, encoding) as text:
        for number, line in enumerate(text, start=1):
            if line.strip():
                separator = separator or _separator(line)
                header = [name.strip() for name in _split(line, separator)]
                return CsvLayout(encoding, separator, header, number, lines)
    return CsvLayout(encoding, separator or ",", [], 0, lines)


def read_records(path: Path, layout: CsvLayout) -> Iterator[CsvRecord | RowProblem]:
    """Yield the rows after the header; a broken one costs itself only. Empty lines are passed over."""
    with _open(path, layout.encoding) as text:
        for line, raw in _join_lines(text, layout.header_line):
            if raw is None:
                yield RowProblem(
                    line, "", "", "a quote is opened and not closed", "close it, or double it inside a value"
                )
            elif raw.strip():
                values = [value.strip() for value in _split(raw, layout.separator)]
                if any(values):
                    yield _checked(CsvRecord(line, values), layout)


def _checked(record: CsvRecord, layout: CsvLayout) -> CsvRecord | RowProblem:
    if len(record.values) != len(layout.header):
        text = f"the row has {len(record.values)} values where the header has {len(layout.header)}"
        return RowProblem(record.line, "", "", text, f"put values that hold “{layout.separator}” in quotes")
    for name, value in zip(layout.header, record.values, strict=True):
        if "\x00" in value or "\ufffd" in value:
            shown = value.replace("\x00", "␀")
            return RowProblem(record.line, name, shown, "cannot be read as text", "save the file as UTF-8")
    return record


def _join_lines(text: TextIO, skip: int) -> Iterator[tuple[int, str | None]]:
    """Join lines to records while a quote is open; None stands for a quote that never closes."""
    waiting: list[str] = []
    begun, quotes = 0, 0
    for number, line in enumerate(text, start=1):
        if number <= skip:
            continue
        begun = begun if waiting else number
        waiting.append(line)
        quotes += line.count('"')
        if quotes % 2 == 0:
            yield begun, "".join(waiting)
        elif len(waiting) >= LONGEST_RECORD:
            yield from _split_unclosed(begun, waiting)
        else:
            continue
        waiting, quotes = [], 0
    if waiting:
        yield from _split_unclosed(begun, waiting)


def _split_unclosed(begun: int, lines: list[str]) -> Iterator[tuple[int, str | None]]:
    """Lose the line that opens the quote, and take the following ones each for itself."""
    yield begun, None
    for offset, line in enumerate(lines[1:], start=1):
        yield begun + offset, (line if line.count('"') % 2 == 0 else None)


def _split(raw: str, separator: str) -> list[str]:
    return next(csv.reader([raw], delimiter=separator), [])


def _separator(line: str) -> str:
    outside = "".join(line.split('"')[::2])
    return max(SEPARATORS, key=outside.count)


def _scan(path: Path) -> tuple[str, int]:
    """Return the encoding and the number of line ends; what is no UTF-8 is taken for Windows-1252."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    encoding, lines = "", 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            if not lines and not encoding:
                encoding = next((name for bom, name in BOMS if chunk.startswith(bom)), "")
            lines += chunk.count(b"\n")
            encoding = encoding or ("" if _decodes(decoder, chunk) else "cp1252")
    return encoding or ("utf-8" if _decodes(decoder, b"", final=True) else "cp1252"), lines


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _open(path: Path, encoding: str) -> TextIO:
    # newline="" leaves carriage returns inside quoted values as they are, as the csv module wants it.
    return path.open(encoding=encoding, errors="replace", newline="")
