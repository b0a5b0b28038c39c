"""Draws requests from the published schema, sends each with a key and without, and keeps what was wrong.

One after another, so that it is seen whether a refusal changed a row, and whether what was taken stands there as sent.
"""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field

import hypothesis
import requests
import schemathesis

# Two threads that load them late, at once, find them half-loaded; and Python 3.11 cannot parse a module in one thread
# while Hypothesis changes the limit of recursion in another.
import schemathesis.transport.asgi
import schemathesis.transport.wsgi
import urllib3
from django.db import connections
from hypothesis import HealthCheck, Phase
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts import database_scope
from tests import routes, silent_changes
from tests.time_limits import HANG
from tests.unrestricted import UNRESTRICTED

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
SEED = 20261121
# The first case of each drawing is the simplest that there is.
LEAST = 2
SAFE = {"GET", "HEAD", "OPTIONS"}
# 414: an address so long that the web server refuses it, before the program gets it.
CLOSED = {401, 404, 414}
# The server may have closed the connection after an answer; then the request is sent once more.
DROPPED = urllib3.Retry(1, allowed_methods=None, respect_retry_after_header=False)
# The key is sent by us; drawn credentials would be wrong passwords, and lock the address out.
CONFIG = {"generation": {"with-security-parameters": False}}


def operations(address):
    """Return what the schema of a running server describes, deletions last."""
    told = requests.get(f"{address}/rest-api/schema/?format=json", timeout=HANG).json()
    schema = schemathesis.openapi.from_dict(told, config=schemathesis.Config.from_dict(CONFIG))
    return sorted((found.ok() for found in schema.get_all_operations()), key=lambda one: one.method == "delete")


def numbers(world):
    """Return the number of a real row for each address with a variable part."""
    found = {}
    for route in routes.everything():
        if len(route.groups) == 1 and hasattr(getattr(route.view, "cls", None), "model"):
            row = routes.row_of(route, world) or route.model.objects.first()
            part = route.groups[0]
            found[route.url(**{part: "*"})] = row.user_id if part == "user_id" else row.pk
    return found


@dataclass
class DrawnRequests:
    """One bombardment of a server; `numbers` are those of its real rows."""

    address: str
    key: str = field(repr=False)
    numbers: dict[str, int]
    sent: Counter = field(default_factory=Counter)
    answers: Counter = field(default_factory=Counter)
    wrong: dict[tuple[str, str], str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    rows: dict | None = None
    local: threading.local = field(default_factory=threading.local)

    def run(self, operations, cases):
        """Send about so many cases, the same number of each operation; of few, every second operation's misfit."""
        self._learn(operations)
        each = -(-cases // len(operations) // len(MODES))
        with ThreadPoolExecutor(1) as pool:
            for number, operation in enumerate(operations):
                modes = _modes(operation) if each >= LEAST else [_modes(operation)[number % len(_modes(operation))]]
                # Drawing the next cases goes on while the server answers the last ones.
                waiting = [
                    pool.submit(self._shoot, case)
                    for mode in modes
                    for case in _draw(operation, mode, max(each, LEAST))
                ]
                for done in wait(waiting).done:
                    done.result()
            pool.submit(connections.close_all).result()

    def report(self):
        """Return what was wrong, a paragraph for each operation and kind."""
        return "\n\n".join(f"{label}: {title}\n{text}" for (label, title), text in self.wrong.items()) + "\n\n"

    def _learn(self, operations):
        """Remember real addresses by the name of the field in which they stand."""
        for operation in operations:
            if operation.method == "get" and "{" not in operation.path:
                told = self._session(self.key).get(self.address + operation.path).json()
                for row in told.get("results", []) if isinstance(told, dict) else []:
                    found = {name: value for name, value in row.items() if str(value).startswith(self.address)}
                    self.links |= found

    def _session(self, key):
        """Return this thread's connection, with a key or without."""
        sessions = self.local.__dict__.setdefault("sessions", {})
        if key not in sessions:
            sessions[key] = requests.Session()
            # Else it reads all variables of the environment again for each request, in search of a proxy.
            sessions[key].trust_env = False
            sessions[key].headers.update({"Authorization": f"Token {key}"} if key else {})
            sessions[key].mount("http://", requests.adapters.HTTPAdapter(max_retries=DROPPED))
        return sessions[key]

    def _shoot(self, case):
        self._aim(case)
        answer = case.call(base_url=self.address, session=self._session(self.key))
        self.answers[answer.status_code] += 1
        try:
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as group:
            for failure in group.exceptions:
                self._note(case, failure.title, f"{failure.message}\n{answer.status_code} {answer.content[:300]}")
        if answer.request.method not in SAFE:
            self._compare(case, answer)
        closed = self._without_key(answer.request)
        if closed.status_code not in CLOSED:
            self._note(case, "Open without a key", f"{closed.status_code} {closed.content[:300]}")

    def _compare(self, case, answer):
        """Hold the rows and the answer against what was sent."""
        with database_scope.entered(UNRESTRICTED):
            rows = silent_changes.fingerprint()
        if answer.status_code >= 400 and self.rows not in (None, rows):
            self._note(case, "A refusal changed rows", f"{answer.status_code} {answer.content[:300]}")
        elif answer.status_code < 300 and isinstance(case.body, dict) and answer.content:
            told = answer.json()
            # A form says nothing by an empty field that cannot be empty.
            sent = {name: value for name, value in case.body.items() if value != "" or "json" in case.media_type}
            if isinstance(told, dict) and (lost := silent_changes.unkept(sent, told)):
                self._note(case, "Taken and not kept", f"{lost}")
        self.rows = rows

    def _without_key(self, request):
        """Send the very same request again, but for its key."""
        request = request.copy()
        del request.headers["Authorization"]
        return self._session("").send(request, allow_redirects=False, timeout=HANG)

    def _aim(self, case):
        """Let three of four cases be about a row that is there, and every second body name such rows."""
        label = case.operation.label
        self.sent[label] += 1
        if case.path_parameters and self.sent[label] % 4:
            pattern = case.operation.path.replace("{user_id}", "*").replace("{id}", "*")
            # A nested address has the numbers of two kinds of rows in it; those drawn stay.
            if pattern in self.numbers:
                case.path_parameters = dict.fromkeys(case.path_parameters, self.numbers[pattern])
        if case.headers and self.sent[label] % 4:
            # What is drawn is no row's tag, and nothing behind the refusal would be reached.
            for name in ("If-Match", "If-None-Match"):
                case.headers.pop(name, None)
        if isinstance(case.body, dict) and self.sent[label] % 2:
            case.body = {name: self.links.get(name, value) for name, value in case.body.items()}

    def _note(self, case, title, text):
        line = f"{text}\n{case.as_curl_command(base_url=self.address)}"
        self.wrong.setdefault((case.operation.label, title), line[:1500])


def _modes(operation):
    """Return how to draw: misfitting requests only where something can misfit."""
    parts = (operation.path_parameters, operation.query, operation.headers, operation.cookies, operation.body)
    return MODES if any(map(len, parts)) else MODES[:1]


def _draw(operation, mode, number):
    """Return so many cases, fitting or misfitting; the same ones in each run."""
    cases = []

    @hypothesis.seed(SEED)
    @hypothesis.settings(
        max_examples=number,
        database=None,
        phases=[Phase.generate],
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(operation.as_strategy(generation_mode=mode))
    def take(case):
        cases.append(case)

    take()
    return cases
