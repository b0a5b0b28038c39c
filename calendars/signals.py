"""News that travels upwards, inside the transaction and the tenant's context."""

from django.dispatch import Signal

# event_moved(event): its start or end is new.
event_moved = Signal()

# event_cancelled(event, reason): it will not take place.
event_cancelled = Signal()

# event_answered(event, result: AlarmResult, now): the patient answered.
event_answered = Signal()

# children_made(child_ids: list[int]): occurrences of series were made.
children_made = Signal()
