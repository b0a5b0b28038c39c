"""Runs the shell blocks of a documentation page, as a reader does who pastes them, and compares what they answer."""

import json
import re
import subprocess

from tests.time_limits import HANG

SHELL = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
ANSWER = re.compile(r"^```json\n(.*?)^```", re.MULTILINE | re.DOTALL)
TODAY = "datetime.date.today()"
ANY = "…"  # in a documented answer: any value, or any part of a text


def script(page):
    """Return the shell blocks of a page as one script."""
    return "".join(SHELL.findall(page))


def told(page):
    """Return the answers that a page prints, in order."""
    return [json.loads(line) for block in ANSWER.findall(page) for line in block.splitlines()]


def run(page, folder, today):
    """Run a page in a folder with the plain shell, on the server's date; return what was answered, in order."""
    dated = script(page).replace(TODAY, f'datetime.date.fromisoformat("{today.isoformat()}")')
    assert dated.count(today.isoformat()) == 1
    done = subprocess.run(
        ["sh", "-eu"], input=dated, cwd=folder, capture_output=True, text=True, timeout=HANG, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout[-500:] + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def differences(told, got, where=""):
    """Return what a documented answer says that the real one does not; keys may be left out."""
    if isinstance(told, dict) and isinstance(got, dict):
        return [line for key in told for line in differences(told[key], got.get(key, "absent"), f"{where}.{key}")]
    if isinstance(told, list) and isinstance(got, list) and len(told) <= len(got):
        return [line for index, one in enumerate(told) for line in differences(one, got[index], f"{where}[{index}]")]
    is_id = where.endswith((".id", ".count")) and isinstance(got, int)
    if told in (got, ANY) or is_id or _fits(told, got):
        return []
    return [f"{where}: documented {json.dumps(told)}, got {json.dumps(got)}"]


def _fits(told, got):
    """Whether a text is the documented one, `…` standing for any part of it."""
    if not isinstance(told, str) or not isinstance(got, str):
        return False
    pattern = ".*".join(re.escape(part) for part in told.split(ANY))
    return re.fullmatch(pattern, got, re.DOTALL) is not None
