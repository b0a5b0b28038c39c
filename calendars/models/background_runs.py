"""What workers do in batches, some seconds each; every batch is committed with how far the run is."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantOwned
from calendars.engine.states import RunState
from config.kernel.choices import choices

# States in which something is still to be done.
OPEN = (RunState.QUEUED, RunState.RUNNING)


class BackgroundRun(TenantOwned):
    """How far a run is, and whose turn it is: see `calendars.services.worker_turns`."""

    state = models.CharField(
        max_length=10,
        choices=choices(RunState),
        default=RunState.DONE,
        db_default=RunState.DONE,
        editable=False,
    )
    # Unknown until a worker has begun, and how many of them are done.
    total = models.PositiveIntegerField(null=True, blank=True, editable=False)
    done = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    error = models.CharField(
        max_length=300, blank=True, db_default="", editable=False, help_text=_("Why it was given up.")
    )
    finished_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Grows with each turn of a worker; one whose fence is no longer this has lost the run to another.
    fence = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    # Turns since the last batch that was committed.
    tries = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)

    class Meta:
        abstract = True

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done."""
        return self.state in OPEN
