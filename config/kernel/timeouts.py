"""Time limits of PostgreSQL connections, in seconds."""


def options(*, statement: float, lock: float, idle: float) -> str:
    """Return libpq's `options`: no statement, no wait for a lock and no idle transaction lasts longer."""
    limits = {"statement_timeout": statement, "lock_timeout": lock, "idle_in_transaction_session_timeout": idle}
    return " ".join(f"-c {name}={round(seconds * 1000)}" for name, seconds in limits.items())
