"""Runs the curl lines of a documentation page against Django's test client."""

import json
import re
import shlex
from dataclasses import dataclass, field

BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
ANY = "…"  # in a documented answer: any value, or any part of a text


@dataclass
class Step:
    """One curl line, what it is said to answer, and the variables that are set from its answer."""

    command: str
    told: str = ""
    names: list[str] = field(default_factory=list)


def steps(page):
    """Return the steps of a page's console blocks, in order."""
    found = []
    for block in BLOCK.findall(page):
        for line in block.splitlines():
            if line.startswith("$ curl"):
                found.append(Step(line[2:]))
            elif named := re.match(r"\$ (\w+)=", line):
                found[-1].names.append(named[1])
            else:
                found[-1].told += line
    return found


def run(step, client, variables):
    """Send one step; return status and JSON, and set its variables to the ids that the answer names."""
    line = step.command
    for name in sorted(variables, key=len, reverse=True):
        line = line.replace(f"${name}", str(variables[name]))
    method, headers, data, address = _parsed(shlex.split(line)[1:])
    path = address.removeprefix(variables["URL"])
    content_type = headers.pop("Content-Type", "application/x-www-form-urlencoded")
    response = client.generic(method, path, data, content_type, headers=headers)
    body = response.json()
    row = body["results"][0] if body.get("results") else body
    for name in step.names:
        link = row.get(name.lower()) if isinstance(row.get(name.lower()), str) else row["url"]
        variables[name] = link.rstrip("/").rsplit("/", 1)[1]
    return response.status_code, body


def _parsed(words):
    method, headers, data, address = "", {}, "", ""
    rest = iter(words)
    for word in rest:
        match word:
            case "-s":
                pass
            case "-X":
                method = next(rest)
            case "-H":
                name, _, value = next(rest).partition(": ")
                headers[name] = value
            case "-d":
                data = next(rest)
            case _:
                assert not word.startswith("-"), f"{word} is not understood here"
                address = word
    return method or ("POST" if data else "GET"), headers, data, address


def differences(told, got, where=""):
    """Return what a documented answer says that the real one does not; keys may be left out."""
    if isinstance(told, dict) and isinstance(got, dict):
        return [line for key in told for line in differences(told[key], got.get(key, "absent"), f"{where}.{key}")]
    if isinstance(told, list) and isinstance(got, list) and len(told) <= len(got):
        return [line for index, one in enumerate(told) for line in differences(one, got[index], f"{where}[{index}]")]
    is_id = where.endswith((".id", ".count")) and isinstance(got, int)
    if told == got or is_id or (isinstance(told, str) and ANY in told):
        return []
    return [f"{where}: documented {json.dumps(told)}, got {json.dumps(got)}"]
