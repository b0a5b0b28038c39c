"""The clients of two generators work as they are generated, and the description is valid by another maker's reading.

They run where CLIENT_PYTHON and CLIENT_NODE name the environments that `make .venv/.client .venv/.npm` makes.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.services import keys
from tests.time_limits import HANG

PYTHON, NODE = (os.environ.get(name, "") for name in ("CLIENT_PYTHON", "CLIENT_NODE"))
HERE = Path(__file__).parent
NO_PYTHON = "CLIENT_PYTHON names no Python with openapi-python-client (docs/contributor.md)"
NO_NODE = "CLIENT_NODE names no folder with openapi-typescript (docs/contributor.md)"
EXPECTED = {
    "contact": ["Lopez", "+12125550187", 1],
    "event": ["Physiotherapy", 4],  # the series with three occurrences, and the visit's
    "visit": ["Cleaning", 1],
}


@pytest.fixture(scope="module")
def description(tmp_path_factory):
    """Return the description as a file."""
    file = tmp_path_factory.mktemp("clients") / "schema.yml"
    call_command("spectacular", file=str(file))
    return file


@pytest.fixture
def crm(committed, clock, world, live_server):
    """Return what a program is told: the address, a key, a day."""
    _, key = keys.create(world.organization.pk, name="CRM", role="manager")
    return [live_server.url, key, "2026-11-30"]


def run(*command, **how):
    done = subprocess.run(command, capture_output=True, text=True, timeout=HANG, check=False, **how)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.skipif(not PYTHON, reason=NO_PYTHON)
def test_description_is_valid(description):
    run(PYTHON, "-m", "openapi_spec_validator", description)


@pytest.mark.slow
@pytest.mark.skipif(not PYTHON, reason=NO_PYTHON)
def test_python_client_works_as_it_is_generated(description, crm, tmp_path):
    generator = Path(PYTHON).with_name("openapi-python-client")
    run(generator, "generate", "--path", description, "--output-path", tmp_path / "generated", "--meta", "none")
    answer = run(PYTHON, HERE / "crm_python.py", *crm, env={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert json.loads(answer) == {**EXPECTED, "refused": ["InvalidRequest", "invalid"]}


@pytest.mark.slow
@pytest.mark.skipif(not NODE, reason=NO_NODE)
def test_typescript_client_works_as_it_is_generated(description, crm, tmp_path):
    modules = Path(NODE).resolve() / "node_modules"
    (tmp_path / "node_modules").symlink_to(modules)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    shutil.copy(HERE / "crm.ts", tmp_path)
    run(modules / ".bin/openapi-typescript", description, "-o", tmp_path / "schema.d.ts")
    strict = ["--strict", "--target", "es2022", "--module", "nodenext", "--skipLibCheck"]
    run(modules / ".bin/tsc", *strict, "crm.ts", cwd=tmp_path)
    answer = run("node", tmp_path / "crm.js", *crm)
    assert json.loads(answer) == {**EXPECTED, "refused": "invalid"}
