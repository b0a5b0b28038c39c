"""The bar that commands draw."""

from io import StringIO

import pytest

from config.kernel import progress
from config.kernel.progress import ProgressBar


class Terminal(StringIO):
    """A stream that somebody watches."""

    def isatty(self):
        return True


@pytest.fixture
def passing(monkeypatch):
    """Let a second pass between two looks at the clock."""
    moments = iter(range(100))
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(moments))


def test_bar_tells_how_far_it_is(passing):
    screen = Terminal()
    bar = ProgressBar(2000, stream=screen)
    bar.at(1000)
    assert screen.getvalue() == f"\r{'#' * 15:<30}  50%  1,000/2,000  1,000/s "
    bar.done()
    assert screen.getvalue().endswith("\r\033[K")


@pytest.mark.parametrize(("stream", "shown"), [(StringIO(), True), (Terminal(), False)])
def test_bar_is_drawn_only_where_somebody_watches(passing, stream, shown):
    bar = ProgressBar(10, shown=shown, stream=stream)
    bar.at(5)
    bar.done()
    assert stream.getvalue() == ""


def test_bar_is_drawn_at_most_ten_times_a_second(monkeypatch):
    monkeypatch.setattr(progress.time, "monotonic", lambda: 0)
    screen = Terminal()
    ProgressBar(10, stream=screen).at(5)
    assert screen.getvalue() == ""
