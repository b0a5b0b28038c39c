"""Middleware that knows nothing of the apps: limits of bodies, headers of answers."""
