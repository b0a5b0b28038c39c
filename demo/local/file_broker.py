"""The file broker of the demo and of development: kombu's, with messages that appear whole or not at all."""

import os
import time
import uuid
from pathlib import Path
from typing import Any

from kombu.transport import filesystem
from kombu.utils.encoding import str_to_bytes
from kombu.utils.json import dumps


class AtomicFileChannel(filesystem.Channel):
    """Writes each message beside its place and renames it.

    kombu creates the file first and locks it then; a worker that takes it in between reads nothing, and dies of it.
    """

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        name = f"{round(time.monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        # Readers look for names that end with the queue's after the first dot; a draft's does not.
        draft = os.path.join(self.data_folder_out, f".draft-{uuid.uuid4()}")
        with open(draft, "wb") as file:
            file.write(str_to_bytes(dumps(payload)))
        os.rename(draft, os.path.join(self.data_folder_out, name))


class Transport(filesystem.Transport):
    """kombu's file transport over that channel; it makes the folders that its options name."""

    Channel = AtomicFileChannel

    def __init__(self, client: Any, **kwargs: Any) -> None:
        super().__init__(client, **kwargs)
        for name in ("data_folder_in", "data_folder_out", "control_folder", "processed_folder"):
            Path(client.transport_options[name]).mkdir(parents=True, exist_ok=True)
