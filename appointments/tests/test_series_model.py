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
from calendars.models import Alarm, Calendar
from calendars.services import event_edit_routing
from calendars.services.alarms import alarms
from calendars.services.series import expansion
from tests import factories

RUNS = int(os.environ.get("SERIES_RUNS", "24"))
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
# How many days ahead visits are made: all of them, and in every third run the first ones.
FAR, NEAR = 4000, 10
OTHERS = {"title": ("X-ray", "Teeth", "Check-up"), "description": ("Fasting", "")}


def local(at):
    return at.astimezone(PARIS).replace(tzinfo=None)


class Run:
    """One series, as the program has it and as a person means it, and what is done to both."""

    def __init__(self, seed, world, patient, clock):
        self.chance, self.now, self.log, self.clock = random.Random(seed), TODAYS[seed % 2], [seed], clock
        self.rows = {}  # the key of the event of each visit of the model
        clock.set(self.now)
        self._book(world, patient)

    def _book(self, world, patient):
        chance = self.chance
        other = Calendar.objects.create(name="Other", user=world.calendar_user, clinic=world.clinic)
        self.calendars = [world.calendar, other]
        usual = {"title": "Check-up", "description": "", "calendar": world.calendar}
        frequency, interval = chance.choice(("DAILY", "WEEKLY", "MONTHLY")), chance.choice((1, 1, 2))
        number = chance.randint(2, COUNTS[frequency])
        first = local(self.now).replace(hour=9) + chance.randint(3, 8) * DAY
        self.meaning = Meaning(frequency, interval, first, number, minutes=30, fields=usual)
        lines, last = self._lines(frequency, interval, self.meaning.parts[0].rule)
        self.log.append((frequency, interval, first, number, lines, last))
        root = visits.book(
            contact=patient,
            **usual,
            starts_at=first,
            ends_at=first + 30 * MINUTE,
            now=self.now,
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
        """Learn which row stands for which visit of the model, by its place in the pattern of its series."""
        rows = Appointment.objects.exclude(event__in=self.rows.values())
        known = rows.values_list("event__parent_event", "event__recurrence_id", "event")
        made = {(root, name): pk for root, name, pk in known}
        for part in self.meaning.parts:
            self.rows.setdefault(part.visits[0], made.get((None, "")))
            for visit in part.visits:
                pk = self.rows.get(visit) or made.get((self.rows[part.visits[0]], f"{visit.slot:%Y%m%dT%H%M%S}"))
                visit.is_made = pk is not None
                self.rows |= {visit: pk} if pk else {}

    def step(self):
        """Do one edit, drawn at random."""
        chance, self.now = self.chance, self.now + MINUTE
        self.clock.set(self.now)
        made = [visit for visit in self.meaning.visits if visit.is_made]
        if made:
            visit, reach, deed = chance.choice(made), chance.choice(REACHES), chance.choice(DEEDS)
            self.log.append((deed, reach, visit.slot))
            getattr(self, deed)(visit, Appointment.objects.get(event=self.rows[visit]), reach)
            self._know()

    def change(self, visit, row, reach):
        part = self.meaning.part_of(visit)
        if visit.is_cancelled and (reach == "this" or not self._goes_on(visit, reach)):
            return
        if reach == "following" and visit.slot not in part.rule:
            return
        wanted = self._wanted(*part.time(visit))
        self.log.append(wanted)
        fields = dict(wanted)
        if minutes := fields.pop("minutes", None):
            fields["end"] = (wanted.get("start") or part.time(visit)[0]) + minutes * MINUTE
        try:
            with transaction.atomic():
                event_edit_routing.change(row.event, now=self.now, reach=Reach(reach), **fields)
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
        for name, values in {**OTHERS, "calendar": self.calendars}.items():
            if chance.random() < 0.2 or (name == "title" and not wanted):
                wanted[name] = chance.choice(values)
        return wanted

    def cancel(self, visit, row, reach):
        part = self.meaning.part_of(visit)
        if visit.is_cancelled or (reach == "following" and visit.slot not in part.rule):
            return
        visits.cancel(row, reason="other", now=self.now, reach=Reach(reach))
        self.meaning.cancel(visit, reach)

    def restore(self, visit, row, reach):
        if visit.is_cancelled:
            visits.restore(row, now=self.now, reach=Reach(reach))
            self.meaning.restore(visit, reach)

    def delete(self, visit, row, reach):
        part = self.meaning.part_of(visit)
        if reach == "following" and visit.slot not in part.rule:
            return
        visits.delete(row, now=self.now, reach=Reach(reach))
        self.meaning.delete(visit, reach)
        self.rows = {each: pk for each, pk in self.rows.items() if each in self.meaning.visits}

    def answer(self, visit, row, reach):
        if not visit.is_cancelled:
            visit_rows.note_answer(row.event, confirmed=True, now=self.now)
            visit.answer = self.meaning.part_of(visit).time(visit)[0]

    def give_rule(self, visit, row, reach):
        part = self.meaning.part_of(visit)
        reached = self._reached(visit, reach)
        if reach == "this" or visit.slot not in part.rule or not self._goes_on(visit, reach):
            return
        interval, number = self.chance.choice((1, 2, 3)), self.chance.randint(2, COUNTS[part.frequency])
        first = reached[0].slot
        if visit.slot not in expand(part.frequency, interval, first, number):
            return  # BehindEnd
        self.meaning.give_rule(visit, reach, part.frequency, interval, number)
        lines, last = self._lines(part.frequency, interval, self.meaning.part_of(reached[0]).rule)
        self.log.append((first, lines, last))
        fields = {"recurrence": lines, "end_recurring_period": last}
        event_edit_routing.change(row.event, now=self.now, reach=Reach(reach), **fields)

    def _goes_on(self, visit, reach):
        part = self.meaning.part_of(visit)
        return any(part.takes_place(each) for each in self._reached(visit, reach))

    def _reached(self, visit, reach):
        rows = self.meaning.part_of(visit).visits
        return rows[rows.index(visit) :] if reach == "following" else rows

    def check(self):
        """Compare all visits with the model: their times, fields and statuses, and their reminders."""
        self._know()
        found = {
            row.event_id: (local(row.starts_at), (row.ends_at - row.starts_at) // MINUTE, self._fields(row), row.status)
            for row in Appointment.objects.select_related("event__calendar")
        }
        assert {self.rows.get(visit): self._meant(visit) for visit in self._made()} == found, self.log
        planned = dict(Alarm.objects.filter(state="planned").values_list("event", "due_at"))
        assert planned == {
            # A day ahead is the same time on the clock of the day before.
            self.rows[visit]: (self.meaning.part_of(visit).time(visit)[0] - DAY).replace(tzinfo=PARIS).astimezone(UTC)
            for visit in self._made()
            if not visit.is_cancelled
        }, self.log
        assert Alarm.objects.count() == len(found), self.log

    def _meant(self, visit):
        part = self.meaning.part_of(visit)
        status = "cancelled" if visit.is_cancelled else "confirmed" if visit.answer else "scheduled"
        return (*part.time(visit), part.fields_of(visit), status)

    def _made(self):
        """Return the visits that are to be there: all but those which series that were called off do not make."""
        return [
            visit for part in self.meaning.parts for visit in part.visits if visit.is_made or part.takes_place(visit)
        ]

    def _fields(self, row):
        return {"title": row.title, "description": row.event.description, "calendar": row.event.calendar}


DEEDS = ["change", "change", "change", "cancel", "restore", "answer", "give_rule", "delete"]


@pytest.fixture
def run(inside, clock, settings):
    """Return a function that does a random run, compares it with the model, and undoes it."""
    patient = factories.contact(inside)

    def run(seed):
        with transaction.atomic():
            settings.HORIZON_DAYS = FAR if seed % 3 else NEAR
            doing = Run(seed, inside, patient, clock)
            for _ in range(doing.chance.choice(EDITS)):
                try:
                    doing.step()
                except RuleNamesDays:
                    break
            settings.HORIZON_DAYS = FAR
            expansion.expand(now=doing.now)
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
