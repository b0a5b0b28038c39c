"""News that travels upwards, inside the transaction and the tenant's context."""

from django.dispatch import Signal

# event_moved(event, same_wall_time=False): its start or end is new; True: only its zone's rules changed.
event_moved = Signal()

# events_renamed(event_ids: list[int]): their title is new.
events_renamed = Signal()

# event_cancelled(event, reason): it will not take place.
event_cancelled = Signal()

# events_restored(event_ids: list[int]): they were cancelled, and take place after all.
events_restored = Signal()

# occurrences_closed(moved, skipped, restored: list[Event]): closures moved or skipped these, or gave them back.
occurrences_closed = Signal()

# opening_changed(now): it is open on other days of the current organization; events that this concerned follow it.
opening_changed = Signal()

# event_answered(event, result: AlarmResult, now): the patient answered.
event_answered = Signal()

# series_split(root, begun): an occurrence begins, as a root, what follows of a series.
series_split = Signal()

# children_made(child_ids: list[int]): occurrences of series were made.
children_made = Signal()
