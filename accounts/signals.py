"""News that travels upwards, inside the transaction and the tenant's context."""

from django.dispatch import Signal

# zones_changed(now): the organization or a clinic has another time zone, or another clinic is the default one.
zones_changed = Signal()

# places_changed(): so it is, or other public holidays count for them.
places_changed = Signal()
