"""What operations are called in the OpenAPI description, and so the functions of generated clients: `listContacts`."""

# Where the name of a collection is not what a person says; one and many.
NOUNS = {
    "api-key": ("ApiKey", "ApiKeys"),
    "appointment": ("Visit", "Visits"),
    "audio-files": ("Recording", "Recordings"),
    "audit": ("AuditEntry", "AuditEntries"),
    "callrequest": ("CallRequest", "CallRequests"),
    "delivery": ("Message", "Messages"),
    "feeds": ("CalendarFeed", "CalendarFeeds"),
    "gateway": ("VoiceGateway", "VoiceGateways"),
    "imports": ("CalendarImport", "CalendarImports"),
    "openinghours": ("OpeningHours", "AllOpeningHours"),
    "organization": ("Organization", "Organizations"),
    "sealed-survey": ("SealedSurvey", "SealedSurveys"),
    "support-access": ("SupportAccess", "SupportAccesses"),
    "surveyaggregate": ("SurveyResult", "SurveyResults"),
    "users": ("User", "Users"),
}
VERBS = {
    "list": "list",
    "create": "create",
    "retrieve": "get",
    "update": "replace",
    "partial_update": "change",
    "destroy": "delete",
}
# What is said in another order, by collection and action.
NAMES = {
    ("appointment", "create"): "bookVisit",
    ("appointment", "bulk"): "bookVisits",
    ("appointment", "ics"): "downloadVisit",
    ("contact", "bulk"): "putContacts",
    ("event", "bulk"): "putEvents",
    ("audio-files", "content"): "downloadRecording",
    ("calendar", "import"): "importIntoCalendar",
    ("closure", "holidays"): "listHolidays",
    ("slots", "list"): "findFreeTimes",
    ("event", "get_list_alarm"): "listAlarmsOfEvent",
    ("event", "get_list_child"): "listOccurrencesOfEvent",
    ("event", "occurrences"): "computeOccurrencesOfEvent",
    ("event", "update_last_child_status"): "setStatusOfLastOccurrence",
    ("alarm", "send_now"): "sendAlarmNow",
    ("alarm-request", "get_nested_alarm_request"): "listAttemptsOfEvent",
    ("staff-item", "done"): "finishStaffItem",
}


def of(collection: str, action: str) -> str:
    """Return the name of an action on a collection: `("contact", "list")` is `listContacts`."""
    if name := NAMES.get((collection, action)):
        return name
    one, many = NOUNS.get(collection) or _nouns(collection)
    verb = VERBS.get(action) or _camel(action)
    return verb + (many if action == "list" else one)


def _nouns(collection: str) -> tuple[str, str]:
    one = "".join(word.capitalize() for word in collection.split("-"))
    return one, f"{one[:-1]}ies" if one.endswith("y") and one[-2] not in "aeiou" else f"{one}s"


def _camel(action: str) -> str:
    first, *others = action.split("_")
    return first + "".join(word.capitalize() for word in others)
