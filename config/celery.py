"""The Celery application; its messages only wake workers, the tables say what is due."""

import os

from celery import Celery
from celery.signals import worker_init
from django.conf import settings
from django.db import connections

from config.kernel import timeouts

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")

app = Celery("punctual")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def give_tasks_their_time(**kwargs: object) -> None:
    """Let statements of this worker take longer than those of a web request; it has no connection yet."""
    connections.settings["default"]["OPTIONS"]["options"] = timeouts.options(**settings.WORKER_DATABASE_LIMITS)
