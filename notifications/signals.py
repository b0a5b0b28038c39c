"""Signals to the apps above, sent inside the transaction and the tenant's context."""

from django.dispatch import Signal

# deliveries_changed(delivery_ids: list[int]): states, tries or outcomes of these deliveries are new.
deliveries_changed = Signal()

# reply_received(inbound, delivery, intent, now): a patient answered yes or no to a message.
# A receiver answers with the Wording to send back, or None when the message is not its own.
reply_received = Signal()
