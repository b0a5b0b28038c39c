"""The WSGI application."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
application = get_wsgi_application()
# What is loaded stays; a full collection that looked at it again would hold a request up for a tenth of a second.
gc.collect()
gc.freeze()
