"""What a node begins with, which keys a branching may have, and what a recording is."""

import pytest

from surveys.engine import audio_format, states
from surveys.engine.states import SectionType


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        (SectionType.PLAY_MESSAGE, "0"),
        (SectionType.MULTI_CHOICE, "timeout"),
        (SectionType.RATING_QUESTION, "timeout"),
        (SectionType.CAPTURE_DIGITS, "timeout"),
        (SectionType.RECORD_MESSAGE, "0"),
        (SectionType.CALL_TRANSFER, "0"),
        (SectionType.HANGUP, None),
        (SectionType.CONFERENCE, "0"),
        (SectionType.DNC, None),
        (SectionType.SMS, "0"),
    ],
)
def test_first_branching_is_that_of_the_type(kind, keys):
    assert states.first_key(kind) == keys


@pytest.mark.parametrize(
    ("keys", "known"),
    [
        ("0", True),
        ("42", True),
        ("any", True),
        ("invalid", True),
        ("timeout", True),
        ("", False),
        ("a", False),
        ("Any", False),
        ("-1", False),
        ("٣", False),
        ("1,2", False),
    ],
)
def test_keys_are_digits_or_a_word(keys, known):
    assert states.is_key(keys) is known


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"RIFF\x24\x00\x00\x00AVI fmt ", None),
        (b"OggS\x00", "audio/ogg"),
        (b"ID3\x04", "audio/mpeg"),
        (b"\xff\xfb\x90", "audio/mpeg"),
        (b"<svg onload=alert(1)>", None),
        (b"", None),
    ],
)
def test_recording_is_known_by_its_first_bytes(content, kind):
    assert audio_format.media_type(content) == kind
