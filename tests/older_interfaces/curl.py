"""Reads the printed steps of a seed document, and runs their curl lines over real HTTP."""

import base64
import json
import re
import shlex
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from tests.time_limits import HANG


@dataclass
class Step:
    """One printed step: its curl line, and the status and body that the document shows."""

    number: int
    line: str
    status: int
    body: dict


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict
    body: object


@dataclass
class Call:
    """A curl line, taken apart."""

    url: str = ""
    method: str = "GET"
    user: str = ""
    data: str | None = None
    headers: dict = field(default_factory=dict)


def read(name):
    """Return the steps of a file beside this one, by number."""
    # One document is reStructuredText, whose blocks are indented.
    text = re.sub(r"^ {8}", "", (Path(__file__).parent / name).read_text(), flags=re.MULTILINE)
    parts = re.split(r"^(\d+)\) ", text, flags=re.MULTILINE)[1:]
    steps = [_step(int(number), part) for number, part in zip(parts[::2], parts[1::2], strict=True)]
    return {step.number: step for step in steps}


def _step(number, part):
    line = re.search(r"^curl .*$", part, re.MULTILINE)[0]
    status = int(re.search(r"^HTTP/1.0 (\d+)", part, re.MULTILINE)[1])
    printed = part[part.index("\n{") :]
    # The document has a comma too many in one place.
    return Step(number, line, status, json.loads(re.sub(r",(\s*})", r"\1", printed)))


def parse(line):
    """Take a curl line apart; an option that is not known here is an error."""
    words, call = shlex.split(line)[1:], Call()
    while words:
        match words.pop(0):
            case "-u":
                call.user = words.pop(0)
            case "--dump-header":
                assert words.pop(0) == "-"
            case "-H":
                name, value = words.pop(0).split(":", 1)
                call.headers[name] = value.strip()
            case "-X":
                call.method = words.pop(0)
            case "--data":
                call.data = words.pop(0)
            case word:
                assert word.startswith("http"), word
                call.url = word
    return call


def run(call):
    """Send it, and return the answer, whatever its status."""
    token = base64.b64encode(call.user.encode()).decode()
    headers = {**call.headers, "Authorization": f"Basic {token}"}
    data = call.data.encode() if call.data is not None else None
    request = urllib.request.Request(call.url, data=data, headers=headers, method=call.method)
    try:
        with urllib.request.urlopen(request, timeout=HANG) as response:
            return Answer(response.status, dict(response.headers), json.load(response))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, dict(error.headers), json.load(error))
