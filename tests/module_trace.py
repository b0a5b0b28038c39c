"""Which modules of ours a piece of work passes through, and how often it comes back to one that it had left."""

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

GENERATOR = inspect.CO_GENERATOR


@dataclass
class ModuleTrace:
    """The calls from one module of an app into another, in order: (caller, called), without the app's name."""

    app: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    @property
    def modules(self) -> list[str]:
        """Return the modules that were called, in the order of their first call."""
        return list(dict.fromkeys(called for _, called in self.steps))

    @property
    def returns(self) -> list[tuple[str, str]]:
        """Return the calls into a module from one that it called itself, at whatever distance: the cycles."""
        called_by: dict[str, set[str]] = {}
        for caller, called in self.steps:
            called_by.setdefault(caller, set()).add(called)
        return sorted({step for step in self.steps if step[0] in _reached(called_by, step[1])})

    def note(self, frame: FrameType, event: str, _: Any) -> None:
        """Note a call, for `sys.setprofile`."""
        called = self._module(frame)
        if event != "call" or called is None:
            return
        back, caller = frame.f_back, None
        while back is not None and (caller := self._module(back)) is None:
            back = back.f_back
        if caller != called:
            self.steps.append((caller or "", called))

    def _module(self, frame: FrameType) -> str | None:
        code, name = frame.f_code, frame.f_globals.get("__name__", "")
        # Who asks a generator for more has not called its module.
        is_passing = bool(code.co_flags & GENERATOR) or code.co_name == "<module>"
        return name.partition(".")[2] if name.startswith(f"{self.app}.") and not is_passing else None


def _reached(called_by: dict[str, set[str]], start: str) -> set[str]:
    found, waiting = set(), [start]
    while waiting:
        for name in called_by.get(waiting.pop(), ()):
            if name not in found:
                found.add(name)
                waiting.append(name)
    return found


@contextmanager
def traced(app: str) -> Iterator[ModuleTrace]:
    """Trace what a block does in an app."""
    trace, before = ModuleTrace(app), sys.getprofile()
    sys.setprofile(trace.note)
    try:
        yield trace
    finally:
        sys.setprofile(before)
