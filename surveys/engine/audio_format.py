"""Which kind of recording some bytes are. Plain Python."""

# What a file of a kind begins with; an MP3 begins with its tags, or with a frame.
BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf2", "audio/mpeg"),
)


def media_type(content: bytes) -> str | None:
    """Return the media type that a recording's first bytes tell; None for anything else."""
    if content[:4] == b"RIFF" and content[8:12] == b"WAVE":
        return "audio/wav"
    return next((kind for beginning, kind in BEGINNINGS if content.startswith(beginning)), None)
