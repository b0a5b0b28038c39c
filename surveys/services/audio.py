"""Store recordings."""

from surveys.engine import audio_format
from surveys.errors import NoAudio
from surveys.models import AudioFile


def store(row: AudioFile, content: bytes) -> None:
    """Set the content of a recording and save it; raises `NoAudio` for bytes that are no audio."""
    kind = audio_format.media_type(content)
    if kind is None:
        raise NoAudio(field="audio_file")
    row.content, row.media_type, row.size = content, kind, len(content)
    row.save(update_fields=None if row.pk is None else ["content", "media_type", "size"])
