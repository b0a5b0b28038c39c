"""Secrets made on first start and kept in the data folder; for the demo and development only."""

import json
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet


def load(folder: Path) -> dict[str, str]:
    """Return SECRET_KEY and FIELD_ENCRYPTION_KEY of a data folder, making them when there are none."""
    file = folder / "secrets.json"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        made = {"SECRET_KEY": secrets.token_urlsafe(50), "FIELD_ENCRYPTION_KEY": Fernet.generate_key().decode()}
        draft = file.with_suffix(f".{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(made))
        # The first process wins; the others read what it made.
        try:
            os.link(draft, file)
        except FileExistsError:
            pass
        draft.unlink()
    return json.loads(file.read_text())
