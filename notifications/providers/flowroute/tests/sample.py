"""Flowroute for the conformance suite."""

import json
from contextlib import contextmanager

from notifications.tests.conformance import OURS, PATIENT, Push, Sample


class FlowrouteSample(Sample):
    """One text a push, without a signature."""

    secrets = {"access_key": "key", "secret_key": "secret"}

    @contextmanager
    def served(self, live_server_url):
        """Serve below the simulator's path."""
        yield f"{live_server_url}/simulator/flowroute"

    def texts(self, *ids):
        """Wrap one text as version 2.1 does."""
        if len(ids) > 1:
            return None
        attributes = {"from": PATIENT[1:], "to": OURS[1:], "body": "Yes"}
        return Push(json.dumps({"data": {"id": ids[0], "type": "message", "attributes": attributes}}).encode())


SAMPLE = FlowrouteSample()
