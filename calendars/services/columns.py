"""Many rows for one statement: a PostgreSQL array for each column."""

from collections.abc import Iterable, Iterator


def arrays(rows: Iterable[tuple[object, ...]]) -> list[str]:
    """Return the columns of some rows as array literals.

    Of a list, psycopg2 would write an expression for each value; to write and to read them takes longer than all else.
    """
    return [f"{{{','.join(_elements(column))}}}" for column in zip(*rows, strict=True)]


def _elements(column: tuple[object, ...]) -> Iterator[str]:
    # Most values stand there many times.
    written = {value: _element(value) for value in set(column)}
    return map(written.__getitem__, column)


def _element(value: object) -> str:
    if value is None:
        return "NULL"
    if not isinstance(value, str):
        return str(value)
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
