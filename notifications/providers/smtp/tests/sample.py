"""SMTP for the conformance suite: it pushes nothing."""

from contextlib import contextmanager

from notifications.providers.base import Outgoing
from notifications.providers.smtp import simulator
from notifications.tests.conformance import Sample


class SmtpSample(Sample):
    """A mail to a mailbox of the simulator."""

    message = Outgoing(
        "ana@example.org", "clinic@x.example", "Please come.", subject="Visit", message_id="<1@x.example>"
    )

    @contextmanager
    def served(self, live_server_url):
        """Run the mail server on a free port."""
        with simulator.serving(port=0) as controller:
            yield f"smtp://127.0.0.1:{controller.port}"


SAMPLE = SmtpSample()
