"""The settings of production, but for the time that a password takes: a web server of a test has many to keep."""

from config.settings.production import *

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
