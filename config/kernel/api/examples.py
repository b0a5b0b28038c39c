"""Examples of requests and their answers for the OpenAPI description.

They stand in `examples.json`, in the order in which they can be sent to a clinic: `call` is method and address,
`request` what is sent. Status and `response` are as Punctual answered; `tests/test_examples.py` sends them again.
"""

import json
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("examples.json")
HOST = "https://clinic.example"
JSON = "application/json"


@dataclass
class Call:
    """A request and its answer; `address` is relative to /rest-api/, with its query."""

    summary: str
    call: str
    request: Any = None
    status: int = 0
    response: Any = None
    method: str = field(init=False)
    address: str = field(init=False)

    def __post_init__(self) -> None:
        self.method, self.address = self.call.split(" ", 1)

    def is_of(self, path: str, method: str) -> bool:
        """Return whether it is one of an operation; in the path, parts in braces stand for numbers."""
        pattern = re.sub(r"\\{\w+\\}", "[0-9]+", re.escape(path))
        asked = f"/rest-api/{self.address.partition('?')[0]}"
        return method.upper() == self.method and re.fullmatch(pattern, asked) is not None


@cache
def read() -> list[Call]:
    """Return all of them, in their order."""
    return [Call(**each) for each in json.loads(FILE.read_text())]


def describe(path: str, method: str, operation: dict[str, Any]) -> None:
    """Put the examples of an operation beside the schemas of its requests and answers."""
    for call in read():
        if call.is_of(path, method):
            sent = operation.get("requestBody", {}).get("content", {}).values()
            answered = operation["responses"].get(str(call.status), {}).get("content", {})
            for content in sent if call.request is not None else ():
                _add(content, call, call.request)
            if JSON in answered:
                _add(answered[JSON], call, call.response)


def _add(content: dict[str, Any], call: Call, value: Any) -> None:
    examples = content.setdefault("examples", {})
    what = f"{call.summary}: {call.method} /rest-api/{call.address}"
    examples[f"example{len(examples) + 1}"] = {"summary": what, "value": value}
