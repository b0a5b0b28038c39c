"""Django's PostgreSQL, with every statement bound to the scope of the code that sends it."""
