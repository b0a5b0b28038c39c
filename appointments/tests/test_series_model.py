"""Random runs of edits of series equal a plain model of what a person means; SERIES_RUNS=5000 asks for more of them."""

import os
import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from appointments.models import Appointment
from appointments.services import visit_rows, visits
from appointments.tests.series_model import Meaning, expand
from calendars.engine.states import AlarmMethod, Reach
from calendars.errors import RuleNamesDays
from calendars.models import Alarm
from calendars.services.alarms import alarms
from calendars.services.series import expansion, series_edits
from tests import factories

RUNS = int(os.environ.get("SERIES_RUNS", "60"))
PARTS = 4
# How many edits a run has.
EDITS = (1, 1, 1, 2, 2, 3, 4, 8)
PARIS = ZoneInfo("Europe/Paris")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
# A week before the clocks go forward, and before they go back.
TODAYS = [datetime(2027, 3, 22, 6, tzinfo=UTC), datetime(2027, 10, 25, 6, tzinfo=UTC)]
SHIFTS = [15 * MINUTE, -30 * MINUTE, 3 * 60 * MINUTE, DAY, -DAY, 2 * DAY + 15 * MINUTE, -DAY + 45 * MINUTE]
REACHES = ("this", "following", "all")
COUNTS = {"DAILY": 7, "WEEKLY": 6, "MONTHLY": 4}


def local(at):
    return at.astimezone(PARIS).replace(tzinfo=None)


class Run:
    """One series, as the program has it and as a person means it, and what is done to both."""

    def __init__(self, seed, world, patient, clock):
        self.chance, self.now, self.log = random.Random(seed), self._today(seed, clock), [seed]
        self.rows = {}  # the key of each visit of the model
        self._book(world, patient)

    def _today(self, seed, clock):
        clock.set(TODAYS[seed % 2])
        return TODAYS[seed % 2]

    def _book(self, world, patient):
        chance = self.chance
        frequency, interval = chance.choice(("DAILY", "WEEKLY", "MONTHLY")), chance.choice((1, 1, 2))
        number = chance.randint(2, COUNTS[frequency])
        first = local(self.now).replace(hour=9) + chance.randint(3, 8) * DAY
        self.meaning = Meaning(frequency, interval, first, number, minutes=30, title="Check-up")
        lines, last = self._lines(frequency, interval, self.meaning.parts[0].rule)
        self.log.append((frequency, interval, first, number, lines, last))
        root = visits.book(
            contact=patient,
            calendar=world.calendar,
            starts_at=first,
            ends_at=first + 30 * MINUTE,
            now=self.now,
            title="Check-up",
            time_zone="Europe/Paris",
            recurrence=lines,
            end_recurring_period=last,
        )
        alarms.create(
            root.event, now=self.now, method=AlarmMethod.SMS, sms_template=world.sms_template, advance_notice=86_400
        )
        self._know()

    def _lines(self, frequency, interval, rule):
        """Write a rule in one of the ways in which it can end."""
        end, text = rule[-1].replace(tzinfo=PARIS), f"RRULE:FREQ={frequency};INTERVAL={interval}"
        return self.chance.choice(
            [
                (f"{text};COUNT={len(rule)}", None),
                (f"{text};UNTIL={end.astimezone(UTC):%Y%m%dT%H%M%S}Z", None),
                (f"{text};UNTIL={end:%Y%m%dT%H%M%S}", None),
                (f"{text};UNTIL={end:%Y%m%d}", None),
                (text, end),
            ]
        )

    def _know(self):
        """Learn which row stands for which visit of the model, by its place in the pattern."""
        keys = dict(Appointment.objects.values_list("event__recurrence_id", "pk").exclude(pk__in=self.rows.values()))
        for visit in self.meaning.visits:
            name = f"{visit.slot:%Y%m%dT%H%M%S}"
            if visit not in self.rows:
                self.rows[visit] = keys.get(name) or keys.get("")

    def step(self):
        """Do one edit, drawn at random."""
        chance = self.chance
        visit = chance.choice(self.meaning.visits)
        reach, deed = chance.choice(REACHES), chance.choice(DEEDS)
        self.log.append((deed, reach, visit.slot))
        getattr(self, deed)(visit, Appointment.objects.get(pk=self.rows[visit]), reach)

    def change(self, visit, row, reach):
        part = self.meaning.part_of(visit)
        if visit.is_cancelled and (reach == "this" or all(each.is_cancelled for each in self._reached(visit, reach))):
            return
        if reach == "following" and visit.slot not in part.rule:
            return
        wanted = self._wanted(*part.time(visit))
        self.log.append(wanted)
        fields = {"starts_at": wanted.get("start"), "title": wanted.get("title")}
        if wanted.get("minutes"):
            fields["ends_at"] = (wanted.get("start") or part.time(visit)[0]) + wanted["minutes"] * MINUTE
        fields = {name: value for name, value in fields.items() if value}
        try:
            with transaction.atomic():
                visits.change(row, now=self.now, reach=Reach(reach), **fields)
        except RuleNamesDays:
            self.log.append("refused")
            assert self._is_refusable(part, visit, wanted["start"]), self.log
            raise
        self.meaning.edit(visit, reach, **wanted)

    def _is_refusable(self, part, visit, start):
        """Return whether a rule of months cannot move so: some have not that day, or the days go into another month."""
        is_early = max(visit.slot.day, start.day) <= 28
        return part.frequency == "MONTHLY" and not (is_early and visit.slot.month == start.month)

    def _wanted(self, start, minutes):
        chance, wanted = self.chance, {}
        if chance.random() < 0.7:
            wanted["start"] = start + chance.choice(SHIFTS)
        if chance.random() < 0.3:
            wanted["minutes"] = chance.choice((30, 45, 60))
        if chance.random() < 0.3 or not wanted:
            wanted["title"] = chance.choice(("X-ray", "Teeth", "Check-up"))
        return wanted

    def cancel(self, visit, row, reach):
        part = self.meaning.part_of(visit)
        if visit.is_cancelled or (reach == "following" and visit.slot not in part.rule):
            return
        visits.cancel(row, reason="other", now=self.now, reach=Reach(reach))
        self.meaning.cancel(visit, reach)

    def restore(self, visit, row, reach):
        if visit.is_cancelled:
            visits.restore(row, now=self.now)
            self.meaning.restore(visit)

    def answer(self, visit, row, reach):
        if not visit.is_cancelled:
            visit_rows.note_answer(row.event, confirmed=True, now=self.now)
            visit.answer = self.meaning.part_of(visit).time(visit)[0]

    def give_rule(self, visit, row, reach):
        part = self.meaning.part_of(visit)
        reached = self._reached(visit, reach)
        if reach == "this" or visit.slot not in part.rule or all(each.is_cancelled for each in reached):
            return
        interval, number = self.chance.choice((1, 2, 3)), self.chance.randint(2, COUNTS[part.frequency])
        first = reached[0].slot
        if visit.slot not in expand(part.frequency, interval, first, number):
            return  # BehindEnd
        self.meaning.give_rule(visit, reach, part.frequency, interval, number)
        lines, last = self._lines(part.frequency, interval, self.meaning.part_of(reached[0]).rule)
        self.log.append((first, lines, last))
        series_edits.change(row.event, now=self.now, reach=Reach(reach), recurrence=lines, end_recurring_period=last)
        self._know()

    def _reached(self, visit, reach):
        rows = self.meaning.part_of(visit).visits
        return rows[rows.index(visit) :] if reach == "following" else rows

    def check(self):
        """Compare all visits with the model: when, how long, called what, in which status, and their reminders."""
        found = {
            row.pk: (local(row.starts_at), (row.ends_at - row.starts_at) // MINUTE, row.title, row.status)
            for row in Appointment.objects.select_related("event")
        }
        assert found == {self.rows[visit]: self._meant(visit) for visit in self.meaning.visits}, self.log
        planned = dict(Alarm.objects.filter(state="planned").values_list("event__appointment", "due_at"))
        assert planned == {
            # A day ahead is the same time on the clock of the day before.
            self.rows[visit]: (self.meaning.part_of(visit).time(visit)[0] - DAY).replace(tzinfo=PARIS).astimezone(UTC)
            for visit in self.meaning.visits
            if not visit.is_cancelled
        }, self.log
        assert Alarm.objects.count() == len(found), self.log

    def _meant(self, visit):
        part = self.meaning.part_of(visit)
        status = "cancelled" if visit.is_cancelled else "confirmed" if visit.answer else "scheduled"
        return (*part.time(visit), part.title_of(visit), status)


DEEDS = ["change", "change", "change", "cancel", "restore", "answer", "give_rule"]


@pytest.fixture
def run(inside, clock, settings):
    """Return a function that does a random run, compares it with the model, and undoes it."""
    settings.HORIZON_DAYS = 4000
    patient = factories.contact(inside)

    def run(seed):
        with transaction.atomic():
            doing = Run(seed, inside, patient, clock)
            for _ in range(doing.chance.choice(EDITS)):
                try:
                    doing.step()
                except RuleNamesDays:
                    break
            doing.check()
            assert expansion.expand(now=doing.now) == 0, doing.log
            transaction.set_rollback(True)

    return run


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("part", range(PARTS))
def test_random_edits_equal_what_a_person_means(run, part):
    for seed in range(part, RUNS, PARTS):
        try:
            run(seed)
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise
