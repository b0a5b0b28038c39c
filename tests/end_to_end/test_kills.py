"""Workers die at random moments; the carrier's own ledger says what was lost and what came twice."""

import csv
import io
import os
import random
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command

from config.kernel import clock
from notifications.models import Delivery
from simulator import faults
from simulator.models import CarrierMessage
from tests.end_to_end.workers import Worker, environment

# The continuous integration and `make soak` make these larger.
VISITS = int(os.environ.get("KILL_VISITS", "299"))
KILLS = int(os.environ.get("KILL_KILLS", "2"))
# Share of messages at which the carrier misbehaves besides: refuses for now, fails, or loses its answer.
FAULTS = float(os.environ.get("KILL_FAULTS", "0.02"))
KINDS = ["overload", "error_before", "error_after", "lose_response", "duplicate_receipt"]
SECONDS = 240

pytestmark = pytest.mark.slow


def table(folder: Path) -> Path:
    """Write a table of visits in the shape of a day's list, each with a phone of its own and all to be told now."""
    file = folder / "visits.csv"
    start = clock.now() + timedelta(hours=23)
    with file.open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["PatientId", "AppointmentID", "First", "Last", "Phone", "Start"])
        for number in range(VISITS):
            at = (start + timedelta(seconds=number % 3000)).isoformat(timespec="seconds")
            rows.writerow([10_000 + number, 500_000 + number, "Pat", f"No{number}", f"+1555{number:07}", at])
    return file


def load(clinic, file: Path) -> None:
    """Import the table, with a reminder a day ahead of each visit."""
    columns = {
        "PatientId": "contact_external_id",
        "AppointmentID": "external_id",
        "First": "first_name",
        "Last": "last_name",
        "Phone": "phone",
        "Start": "start",
    }
    options = ["--organization", str(clinic.organization.uuid), "--calendar", clinic.calendar.name]
    for column, field in columns.items():
        options += ["--map", f"{column}={field}"]
    options += ["--reminder-template", "reminder", "--lead", "24", "--commit", "--no-progress"]
    call_command("import_appointments", str(file), *options, stdout=io.StringIO())


def settled() -> bool:
    """Return whether every delivery has come to an end."""
    states = Counter(Delivery.objects.unscoped().values_list("state", flat=True))
    return sum(states.values()) == VISITS and set(states) <= {"accepted", "delivered"}


def wait_until(condition, seconds: float) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, Counter(Delivery.objects.unscoped().values_list("state", "reason"))
        time.sleep(0.2)


def test_killed_workers_lose_nothing_and_send_nothing_twice(clinic, live_server, tmp_path):
    load(clinic, table(tmp_path))
    faults.put(rate=FAULTS, kinds=KINDS)
    worker = Worker(environment(tmp_path, live_server.url), tmp_path / "worker.log")
    dice = random.Random(20261121)
    worker.start()
    try:
        for kill in range(KILLS):
            # Let it get to work before each kill: a share of the messages, then a moment at random.
            goal = VISITS * (kill + 1) // (KILLS + 2)
            wait_until(lambda goal=goal: CarrierMessage.objects.count() >= goal, SECONDS / 2)
            time.sleep(dice.uniform(0, 0.4))
            worker.kill()
            worker.start()
        wait_until(settled, SECONDS)
    finally:
        worker.kill()
    counts = Counter(CarrierMessage.objects.filter(direction="outbound").values_list("recipient", flat=True))
    assert (len(counts), max(counts.values())) == (VISITS, 1)
