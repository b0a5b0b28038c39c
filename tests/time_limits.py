"""How long a test waits for what ought to happen at once."""

# Seconds after which a process, thread or request counts as hung: a busy machine takes a minute for what takes seconds.
HANG = 240
