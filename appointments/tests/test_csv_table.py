from appointments.engine import csv_table
from appointments.engine.csv_table import CsvRecord, RowProblem


def written(tmp_path, content):
    path = tmp_path / "visits.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(tmp_path, content, **options):
    path = written(tmp_path, content)
    return list(csv_table.read_records(path, csv_table.detect_layout(path, **options)))


def test_rows_carry_the_line_on_which_they_begin(tmp_path):
    rows = read(tmp_path, 'id,note\n1,"two\nlines"\n2,x\n')
    assert rows == [CsvRecord(2, ["1", "two\nlines"]), CsvRecord(4, ["2", "x"])]


def test_semicolons_and_a_byte_order_mark_are_found_out(tmp_path):
    layout = csv_table.detect_layout(written(tmp_path, '\ufeffid;"name, first";x\n1;Ana;\n'))
    assert (layout.encoding, layout.separator, layout.header) == ("utf-8-sig", ";", ["id", "name, first", "x"])


def test_windows_1252_is_read(tmp_path):
    assert read(tmp_path, "id,name\n1,Müller\n".encode("cp1252")) == [CsvRecord(2, ["1", "Müller"])]


def test_utf_16_is_read(tmp_path):
    assert read(tmp_path, "id\tname\n1\tMüller\n".encode("utf-16")) == [CsvRecord(2, ["1", "Müller"])]


def test_a_quote_that_never_closes_costs_one_row(tmp_path):
    rows = read(tmp_path, 'id,note\n1,a\n2,"open\n3,c\n4,d\n')
    assert rows[0] == CsvRecord(2, ["1", "a"])
    assert (type(rows[1]), rows[1].line) == (RowProblem, 3)
    assert rows[2:] == [CsvRecord(4, ["3", "c"]), CsvRecord(5, ["4", "d"])]


def test_an_open_quote_does_not_swallow_a_long_file(tmp_path):
    rows = read(tmp_path, 'id,note\n1,"open\n' + "".join(f"{n},x\n" for n in range(2, 200)))
    assert [row.line for row in rows if isinstance(row, RowProblem)] == [2]
    assert len(rows) == 199


def test_a_row_of_another_length_is_told(tmp_path):
    (row,) = read(tmp_path, "id,note\n1,a,b\n")
    assert str(row) == ("line 2: the row has 3 values where the header has 2; put values that hold “,” in quotes.")


def test_a_value_that_is_no_text_is_told_by_column(tmp_path):
    (row,) = read(tmp_path, b"id,note\n1,a\x00b\n")
    assert (row.line, row.column, row.value) == (2, "note", "a␀b")


def test_empty_lines_are_passed_over(tmp_path):
    assert read(tmp_path, "\n\nid,note\n\n,\n1,a\n\n") == [CsvRecord(6, ["1", "a"])]


def test_an_empty_file_has_no_header(tmp_path):
    assert csv_table.detect_layout(written(tmp_path, "")).header == []
