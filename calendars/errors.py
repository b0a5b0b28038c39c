"""What can go wrong with calendars."""

from zoneinfo import ZoneInfoNotFoundError

from accounts.errors import ChangedMeanwhile as ChangedMeanwhile
from config.kernel.errors import Conflict, Denied, Invalid, Missing


class BadRule(Invalid):
    """The recurrence cannot be understood."""

    code = "bad_rule"


# What reading a stored series raises: its rule, times out of range, and zones that this machine's database has not.
UNREADABLE = (BadRule, OverflowError, ValueError, ZoneInfoNotFoundError)


class EndBeforeStart(Invalid):
    """The end must be later than the start."""

    code = "end_before_start"


class NoDay(Invalid):
    """An all-day event begins and ends with days: write dates, the end not included, or send all_day as false."""

    code = "no_day"


class OneKind(Invalid):
    """An event is all-day or floating, not both."""

    code = "one_kind"


class KindOfSeries(Invalid):
    """All occurrences of a series are all-day, or none is; change this and the following, or all."""

    code = "kind_of_series"


class RuleOfSeries(Invalid):
    """A rule is that of a whole series; change this and the following, or all."""

    code = "rule_of_series"


class ZoneOfCalendar(Invalid):
    """All-day and floating events are at home in their calendar's zone; leave the time zone out."""

    code = "zone_of_calendar"


class OutOfRange(Invalid):
    """The time lies outside the years 1900 to 2199."""

    code = "out_of_range"


class BadZone(Invalid):
    """There is no such IANA time zone; write one like Europe/Paris."""

    code = "time_zone"


class BadWindow(Invalid):
    """The span of time cannot be asked for."""

    code = "bad_window"


class BadStatus(Invalid):
    """The status must be 1 (pending), 2 (completed) or 3 (paused)."""

    code = "bad_status"


class NoSetting(Invalid):
    """The organization has no calendar setting yet; make one first."""

    code = "no_calendar_setting"


class UsernameTaken(Invalid):
    """A calendar user of that name exists already."""

    code = "username_taken"


class NoChild(Missing):
    """The event has no child yet."""

    code = "no_child"


class NotCancelled(Conflict):
    """The event takes place as it is; only one that somebody cancelled can be restored."""

    code = "not_cancelled"


class EventCancelled(Conflict):
    """The event is cancelled and can no longer change."""

    code = "event_cancelled"


class AlarmNotRetryable(Conflict):
    """Only an alarm that failed can be tried again."""

    code = "not_retryable"


class TooLate(Conflict):
    """The event has started; the alarm would be of no more use."""

    code = "too_late"


class NoSuchCalendar(Missing):
    """There is no such calendar."""

    code = "no_such_calendar"


class CalendarWithoutUser(Invalid):
    """The calendar belongs to no calendar user, so that events cannot be made in it; give it one first."""

    code = "calendar_without_user"


class NoSurvey(Invalid):
    """A call needs a sealed survey that it plays."""

    code = "no_survey"


class NoTemplate(Invalid):
    """A message needs a template with its words."""

    code = "no_template"


class NoRecipient(Invalid):
    """There is nobody whom the alarm could reach."""

    code = "no_recipient"


class NoGateway(Invalid):
    """The calendar setting has no gateway for this method."""

    code = "no_gateway"


class RecordedByMachine(Conflict):
    """This attempt was recorded when it was made; only attempts that were written down by hand can change."""

    code = "recorded_by_machine"


class FileTooLarge(Invalid):
    """The file has more components than one request takes; cut it, or let an operator run `import_calendar`."""

    code = "too_many_components"


class AlreadyUndone(Conflict):
    """This import was taken back already."""

    code = "already_undone"


class ImportUnderWay(Conflict):
    """This file is still being imported; wait until that is done."""

    code = "import_under_way"


class TooLateToUndo(Conflict):
    """An import can be taken back within 30 days."""

    code = "too_late_to_undo"


class BadReport(Invalid):
    """The body of the request cannot be understood."""

    code = "bad_report"


class TooManyOccurrences(Denied):
    """A series has more occurrences in that span than one answer holds; ask for a shorter one."""

    code = "too_many_occurrences"


class UnsupportedFilter(Denied):
    """Events can be asked for by their time and by their UID."""

    code = "unsupported_filter"


class UnsupportedReport(Denied):
    """Of reports, calendar-query, calendar-multiget and sync-collection are known."""

    code = "unsupported_report"


class RuleNamesDays(Invalid):
    """The rule names days or hours that do not move along; give the new recurrence together with the new time."""

    code = "rule_names_days"


class NoHolidays(Invalid):
    """The organization keeps no public holidays; ask for a region, such as US or DE-BY."""

    code = "no_holidays"


class BadReach(Invalid):
    """An edit reaches `this` occurrence, this and the `following`, or `all`."""

    code = "bad_reach"


class CannotSplit(Conflict):
    """The series cannot be split here, because its rule counts from its start; change this occurrence or all."""

    code = "cannot_split"


class BehindEnd(Conflict):
    """There it would lie behind the end of its series; move it alone, or let the series end later."""

    code = "behind_end"


class SeriesOver(Conflict):
    """All of this series has been, and what has been stays as it was; change one occurrence, or make a new series."""

    code = "series_over"


class TooFarAhead(Invalid):
    """The occurrences of a series can be told of at most 366 days ahead."""

    code = "too_far_ahead"


class BadData(Invalid):
    """The placeholders of the texts are an object of names and values, without null characters: {"room": "2"}."""

    code = "bad_data"
