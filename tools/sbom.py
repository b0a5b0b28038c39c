"""`python -m tools.sbom FILE`: cuts a CycloneDX list of the environment down to what ships, and checks it.

What ships is requirements/base.txt: each part of it is in the list in the locked version, with a licence that may ship.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LOCK = Path(__file__).resolve().parents[1] / "requirements" / "base.txt"
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)(.*(?:\n    .*)*)", re.MULTILINE)
COPYLEFT = re.compile(r"\bA?GPL|General Public License", re.IGNORECASE)
WEAK = re.compile(r"\bLGPL|Lesser General Public", re.IGNORECASE)
# Packages that declare no licence in a form that machines read, and what their files say.
TOLD = {"uritemplate": "Apache-2.0 OR BSD-3-Clause"}


def locked(text: str) -> dict[str, str]:
    """Return the versions that a lock file pins, by name as indexes write it."""
    return {_plain(name): version for name, version, _ in PIN.findall(text)}


def unhashed(text: str) -> list[str]:
    """Return what a lock file pins without a hash."""
    return [name for name, _, rest in PIN.findall(text) if "--hash=sha256:" not in rest]


def cut(document: dict[str, Any], names: set[str]) -> dict[str, Any]:
    """Return a list without the parts that do not ship."""
    kept = [part for part in document["components"] if _plain(part["name"]) in names]
    refs = {part["bom-ref"] for part in kept}
    graph = [
        {**node, "dependsOn": [ref for ref in node.get("dependsOn", []) if ref in refs]}
        for node in document.get("dependencies", [])
        if node["ref"] in refs
    ]
    return {**document, "components": kept, "dependencies": graph}


def complaints(document: dict[str, Any], lock: str) -> Iterator[str]:
    """Yield a sentence for each part that is missing, of another version, or under a licence that may not ship."""
    wanted = locked(lock)
    found = {_plain(part["name"]): part for part in document["components"]}
    yield from (f"{name} is pinned without a hash." for name in unhashed(lock))
    for name, version in wanted.items():
        part = found.get(name)
        if part is None:
            yield f"{name} {version} is locked, but not installed: it is missing from the list."
        elif part["version"] != version:
            yield f"{name} is locked as {version}, but listed as {part['version']}."
        else:
            yield from _licence_complaints(part)


def _licence_complaints(part: dict[str, Any]) -> Iterator[str]:
    said = _licences(part)
    if not said:
        yield f"{part['name']} declares no licence; look it up, and say it in tools/sbom.py."
    for words in said:
        if all(COPYLEFT.search(choice) and not WEAK.search(choice) for choice in words.split(" OR ")):
            yield f"{part['name']} is under {words}, which may not ship."


def _licences(part: dict[str, Any]) -> list[str]:
    said = [
        entry.get("expression") or entry["license"].get("id") or entry["license"].get("name", "")
        for entry in part.get("licenses", [])
    ]
    return [words for words in said if words] or [TOLD[name] for name in [_plain(part["name"])] if name in TOLD]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main(file: Path) -> int:
    """Write the list anew without what does not ship; the exit status is 1 when something is wrong with it."""
    lock = LOCK.read_text()
    document = cut(json.loads(file.read_text()), set(locked(lock)))
    file.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n")
    found = list(complaints(document, lock))
    for complaint in found:
        print(complaint)
    print(f"{file}: {len(document['components'])} parts ship.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
