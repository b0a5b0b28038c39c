"""The Celery application; its messages only wake workers, the tables say what is due."""

import os
from pathlib import Path

from celery import Celery
from celery.signals import worker_init
from django.conf import settings
from django.db import connections
from kombu.transport import TRANSPORT_ALIASES

from config.kernel import timeouts

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")

# The file broker's messages must appear whole or not at all.
TRANSPORT_ALIASES["filesystem"] = "config.kernel.filebroker:Transport"

app = Celery("punctual")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_configure.connect
def prepare_broker_folders(sender: Celery, **kwargs: object) -> None:
    """Make the folders of the file broker; they must exist before anybody publishes."""
    if settings.CELERY_BROKER_URL.startswith("filesystem"):
        for folder in ("messages", "control", "processed"):
            Path(settings.BROKER_FOLDER, folder).mkdir(parents=True, exist_ok=True)


@worker_init.connect
def give_tasks_their_time(**kwargs: object) -> None:
    """Let statements of this worker take longer than those of a web request; it has no connection yet."""
    connections.settings["default"]["OPTIONS"]["options"] = timeouts.options(**settings.WORKER_DATABASE_LIMITS)
