"""The list of parts that ship: complete, in the locked versions, under licences that may ship."""

import pytest

from tools import sbom

LOCK = """\
django==5.2.19 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via -r base.in
celery[redis]==5.7.0 ; python_version > "3" \\
    --hash=sha256:cc
"""


def part(name, version, *licences):
    return {
        "name": name,
        "version": version,
        "bom-ref": f"{name}=={version}",
        "licenses": [{"license": {"id": each}} for each in licences],
    }


DJANGO, CELERY = part("Django", "5.2.19", "BSD-3-Clause"), part("celery", "5.7.0", "BSD-3-Clause")
WRONG = [
    ([DJANGO], LOCK, "celery 5.7.0 is locked, but not installed: it is missing from the list."),
    ([part("Django", "5.2.18", "BSD-3-Clause"), CELERY], LOCK, "django is locked as 5.2.19, but listed as 5.2.18."),
    ([part("Django", "5.2.19", "GPL-3.0-only"), CELERY], LOCK, "Django is under GPL-3.0-only, which may not ship."),
    ([part("Django", "5.2.19", "AGPL-3.0"), CELERY], LOCK, "Django is under AGPL-3.0, which may not ship."),
    ([part("Django", "5.2.19"), CELERY], LOCK, "Django declares no licence; look it up, and say it in tools/sbom.py."),
    ([DJANGO, CELERY], LOCK.replace("    --hash=sha256:cc\n", ""), "celery is pinned without a hash."),
]


def test_the_list_may_be_what_is_locked():
    assert sbom.locked(LOCK) == {"django": "5.2.19", "celery": "5.7.0"}
    assert list(sbom.complaints({"components": [DJANGO, CELERY]}, LOCK)) == []


@pytest.mark.parametrize(("listed", "lock", "words"), WRONG, ids=lambda value: value if isinstance(value, str) else "")
def test_each_fault_is_named(listed, lock, words):
    assert list(sbom.complaints({"components": listed}, lock)) == [words]


@pytest.mark.parametrize("licence", ["LGPL-3.0-or-later", "MIT OR GPL-2.0-only", "MPL-2.0", "Apache-2.0"])
def test_licences_that_leave_our_own_alone_may_ship(licence):
    assert list(sbom.complaints({"components": [part("Django", "5.2.19", licence), CELERY]}, LOCK)) == []


def test_what_does_not_ship_is_cut_out():
    graph = [{"ref": "Django==5.2.19", "dependsOn": ["pytest==9", "celery==5.7.0"]}, {"ref": "pytest==9"}]
    found = sbom.cut(
        {"components": [DJANGO, CELERY, part("pytest", "9", "MIT")], "dependencies": graph}, {"django", "celery"}
    )
    assert found == {
        "components": [DJANGO, CELERY],
        "dependencies": [{"ref": "Django==5.2.19", "dependsOn": ["celery==5.7.0"]}],
    }


def test_real_lock_pins_everything_with_hashes():
    text = sbom.LOCK.read_text()
    assert len(sbom.locked(text)) > 50
    assert sbom.unhashed(text) == []
