"""Settings of the other side of `benchmarks.wall`: production, with no wall between the clinics."""

from config.settings.production import *
from config.settings.production import DATABASES, INSTALLED_APPS

# Statements go out as they are, nobody told for whom.
DATABASES["default"]["ENGINE"] = "django.db.backends.postgresql"
INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks.unfiltered.Unfiltered"]
