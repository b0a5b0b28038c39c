"""A progress bar for commands, on terminals only."""

import sys
import time
from typing import TextIO

WIDTH = 30
PAUSE = 0.1  # seconds between two drawings


class ProgressBar:
    """Draws how far a long task is; silent where nobody watches, or when the task is short."""

    def __init__(self, total: int, *, shown: bool = True, stream: TextIO | None = None) -> None:
        self.total = max(total, 1)
        self.stream = stream or sys.stderr
        self.shown = shown and self.stream.isatty()
        self.begun = self.drawn = time.monotonic()

    def at(self, done: int) -> None:
        """Draw the bar, at most ten times a second."""
        now = time.monotonic()
        if not self.shown or now - self.drawn < PAUSE:
            return
        self.drawn = now
        share = min(1.0, done / self.total)
        rate = done / max(now - self.begun, 0.001)
        bar = "#" * round(WIDTH * share)
        self.stream.write(f"\r{bar:<{WIDTH}} {share:4.0%}  {done:,}/{self.total:,}  {rate:,.0f}/s ")
        self.stream.flush()

    def clear(self) -> None:
        """Remove the bar; what is written next stands in its place."""
        if self.shown:
            self.stream.write("\r\033[K")
            self.stream.flush()

    done = clear
