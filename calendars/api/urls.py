"""The addresses of calendars under /rest-api/."""

from calendars.api import alarm_views, closures, feeds, ical_files, views
from config.kernel.api.routing import Router


def register(router: Router) -> None:
    """Add this app's viewsets."""
    router.register("calendar-setting", views.CalendarSettingViews, "calendarsetting")
    router.register("calendar-user", views.CalendarUserViews, "calendaruser")
    router.register("calendar-user-profile", views.ProfileViews, "calendaruserprofile")
    router.register("calendar", views.CalendarViews, "calendar")
    router.register(r"calendar/(?P<calendar_pk>[0-9]{1,18})/imports", ical_files.CalendarImportViews, "calendarimport")
    router.register(r"calendar/(?P<calendar_pk>[0-9]{1,18})/feeds", feeds.CalendarFeedViews, "calendarfeed")
    router.register("rule", views.RuleViews, "rule")
    router.register("openinghours", closures.OpeningHoursViews, "openinghours")
    router.register("closure", closures.ClosureViews, "closure")
    router.register("event", views.EventViews, "event")
    router.register("alarm", alarm_views.AlarmViews, "alarm")
    router.register("alarm-request", alarm_views.AlarmRequestViews, "alarmrequest")
