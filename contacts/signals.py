"""Signals to the apps above, which hold personal data too; sent inside one transaction and the tenant."""

from django.dispatch import Signal

# personal_data_wanted(person: Person): a receiver answers with a list of dossier.Table.
personal_data_wanted = Signal()

# person_leaving(person: Person, now): stop what is still planned for them; nothing is blanked yet.
person_leaving = Signal()

# person_erased(person: Person, token: str, now): keep the receipts, blank the personal data.
# A receiver answers with {table: rows}; asked again, it finds what came in since.
person_erased = Signal()

# retention_due(policy: RetentionPolicy, now, limit: int): clean up at most so many rows of each class.
# A receiver answers with how many it cleaned; it is asked until all answer 0.
retention_due = Signal()
