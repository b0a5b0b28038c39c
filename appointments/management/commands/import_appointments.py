"""`manage.py import_appointments FILE`: visits from a table; looks only, until --commit."""

import argparse
from datetime import date, time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import tenancy
from accounts.models import Organization
from accounts.services import organizations
from appointments.engine import csv_columns, csv_table
from appointments.engine.csv_columns import BadMapping, ColumnMapping, CsvField
from appointments.engine.csv_table import CsvLayout
from appointments.engine.csv_visits import CsvRules
from appointments.services import csv_import_options
from appointments.services.csv_import import CsvImport, ImportCounts
from calendars.services import calendar_lookup, event_times
from config.kernel import clock
from config.kernel.errors import PunctualError
from config.kernel.progress import ProgressBar

EXAMPLE = """
for example:
  manage.py import_appointments visits.csv --organization "Riverside Dental" --map AptNum=external_id
  manage.py import_appointments visits.csv --organization "Riverside Dental" --map AptNum=external_id \\
      --on 2026-12-01 --spread 08:00-18:00 --default phone=+1555{line:07d} --commit
"""


def pair(text: str) -> tuple[str, str]:
    """Read `name=value`; both ends trimmed, the last equals sign of a --map parts it."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise argparse.ArgumentTypeError(f"“{text}” is not of the form name=value")
    return name.strip(), value.strip()


def span(text: str) -> tuple[time, time]:
    """Read `08:00-18:00`."""
    begin, _, finish = text.partition("-")
    try:
        times = time.fromisoformat(begin.strip()), time.fromisoformat(finish.strip())
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}” is not of the form 08:00-18:00") from None
    if times[0] >= times[1]:
        raise argparse.ArgumentTypeError(f"“{text}” ends before it begins")
    return times


class Command(BaseCommand):
    """Reads a CSV of appointments."""

    help = "Takes visits in from a CSV file. Shows what it would do; --commit does it."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Show the examples as they are written."""
        formatter = argparse.RawDescriptionHelpFormatter
        parser = super().create_parser(prog_name, subcommand, epilog=EXAMPLE, **kwargs)
        parser.formatter_class = formatter
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        add = parser.add_argument
        add("file", type=Path)
        add("--organization", required=True, metavar="UUID|NAME", help="whose visits these are")
        add("--calendar", default="", metavar="NAME", help="needed when the organization has several")
        add("--map", action="append", type=pair, default=[], metavar="COLUMN=FIELD", help=", ".join(CsvField))
        add(
            "--default",
            action="append",
            type=pair,
            default=[],
            metavar="FIELD=VALUE",
            help="for empty values; {line} and {line:07d} stand for the line's number",
        )
        add("--on", type=date.fromisoformat, metavar="YYYY-MM-DD", help="put all visits on this day")
        add("--spread", type=span, metavar="08:00-18:00", help="give visits without a time one within this span")
        add("--minutes", type=int, default=30, help="length of a visit without an end (default 30)")
        order = parser.add_mutually_exclusive_group()
        order.add_argument("--month-first", action="store_true", help="03/04/2026 is in March (default in the US)")
        order.add_argument("--day-first", action="store_true", help="03/04/2026 is in April")
        add("--encoding", default="", help="of the file; found out when not given")
        add("--separator", default="", help="between values; found out when not given")
        add("--reminder-template", default="", metavar="KEY", help="remind of each new visit with this text")
        add("--lead", type=float, default=24, metavar="HOURS", help="how long before the visit (default 24)")
        add("--commit", action="store_true", help="do it")
        add("--no-progress", action="store_true", help="draw no bar")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the import and tell what came of it."""
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        try:
            organization = organizations.find(options["organization"])
            layout = csv_table.detect_layout(path, encoding=options["encoding"], separator=options["separator"])
            columns = csv_columns.match_columns(
                layout.header, mapped=dict(options["map"]), defaults=dict(options["default"])
            )
            if not (columns.has(CsvField.START) or options["on"]):
                known = ", ".join(layout.header)
                raise CommandError(f"No column is the date: give --map COLUMN=start (of {known}), or --on DATE.")
            with tenancy.tenant(organization.pk):
                self._run(path, layout, columns, organization, options)
        except (PunctualError, BadMapping, LookupError) as error:
            raise CommandError(str(error)) from error

    def _run(
        self, path: Path, layout: CsvLayout, columns: ColumnMapping, organization: Organization, options: dict[str, Any]
    ) -> None:
        calendar = calendar_lookup.calendar(options["calendar"])
        rules = CsvRules(
            columns,
            zone=event_times.zone_of(calendar),
            region=organization.region,
            clinics=csv_import_options.clinics(),
            on=options["on"],
            spread=options["spread"],
            month_first=options["month_first"] or (organization.region == "US" and not options["day_first"]),
            minutes=options["minutes"],
        )
        self.stdout.write(self._understood(path, layout, columns))
        bar = ProgressBar(layout.lines, shown=not options["no_progress"])
        job = CsvImport(
            calendar,
            rules,
            clock.now(),
            commit=options["commit"],
            progress=bar.at,
            reminder=csv_import_options.reminder(options["reminder_template"], hours=options["lead"]),
            told=lambda problem: self.stderr.write(str(problem)),
        )
        report = job.run(path, layout)
        bar.done()
        self.stdout.write("\n".join(summary(report, commit=options["commit"])))

    def _understood(self, path: Path, layout: CsvLayout, columns: ColumnMapping) -> str:
        taken = ", ".join(f"{column} as {name}" for name, (_, column) in columns.places.items()) or "nothing"
        left = f"; left out: {', '.join(columns.ignored)}" if columns.ignored else ""
        return f"{path.name} ({layout.encoding}, separated by “{layout.separator}”): {taken}{left}."


def summary(report: ImportCounts, *, commit: bool) -> list[str]:
    """Return the lines that say what came of a run."""
    done = "" if commit else "would be "
    lines = [
        f"{report.rows:,} rows: {report.created:,} visits {done}created, {report.changed:,} {done}changed"
        f" ({report.moved:,} moved), {report.unchanged:,} unchanged, {report.skipped:,} skipped.",
    ]
    if report.reminders:
        lines.append(f"{report.reminders:,} reminders {done}planned.")
    if report.unreachable:
        lines.append(f"{report.unreachable:,} visits get no reminder: their patient has no number or address for it.")
    if report.closed:
        lines.append(
            f"{report.closed:,} visits stand on closed days or outside the opening hours: look whether they take place."
        )
    if report.rounded:
        lines.append(
            f"{report.rounded:,} rows name their patient by a number that a spreadsheet rounded, such as 2.98725E+13. "
            "Such a number names no single patient and is not used: patients are told apart by name and phone."
        )
    if not commit:
        lines.append("Nothing has been saved. Add --commit to do it.")
    return lines
