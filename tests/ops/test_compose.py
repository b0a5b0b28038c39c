"""docker-compose.yml and the Dockerfile name things that exist, and no default secret."""

import re
import shutil
import sys
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]
SECRETS = {"SECRET_KEY", "FIELD_ENCRYPTION_KEY", "POSTGRES_PASSWORD", "OWNER_PASSWORD", "APP_PASSWORD"}
SETTINGS = "".join(file.read_text() for file in (ROOT / "config/settings").glob("*.py"))


def test_the_five_parts_and_their_migrations():
    assert set(SERVICES) == {"database", "broker", "migrate", "web", "worker", "beat"}


def test_secrets_have_no_default():
    assert set(re.findall(r"\$\{(\w+):\?", TEXT)) >= SECRETS
    assert not [name for name in re.findall(r"\$\{(\w+):-", TEXT) if name in SECRETS]


@pytest.mark.parametrize("name", ["web", "worker", "beat", "migrate"])
def test_every_variable_is_read_by_the_settings(name):
    ours = set(SERVICES[name]["environment"]) - {"DJANGO_SETTINGS_MODULE"}
    assert [variable for variable in ours if f'"{variable}"' not in SETTINGS] == []


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_only_the_migrations_know_the_owner(name):
    environment = SERVICES[name]["environment"]
    assert not {"DATABASE_OWNER_URL", "DATABASE_ADMIN_URL"} & set(environment)


def test_dependencies_exist_and_can_meet_their_condition():
    for service in SERVICES.values():
        for needed, how in service.get("depends_on", {}).items():
            wants_health = how["condition"] == "service_healthy"
            assert "healthcheck" in SERVICES[needed] if wants_health else SERVICES[needed]["restart"] == "no"


def test_the_migrations_run_commands_that_exist():
    named = re.findall(r"manage\.py (\w+)", TEXT + (ROOT / "Dockerfile").read_text())
    assert set(named) <= set(get_commands())
    assert {"setup_roles", "migrate", "make_key", "collectstatic"} <= set(named)


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_the_programs_exist(name):
    program = SERVICES[name]["command"][0]
    assert shutil.which(program, path=str(Path(sys.executable).parent))


def test_volumes_are_declared():
    used = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert used == set(COMPOSE["volumes"])


def test_the_image_copies_files_that_exist():
    sources = re.findall(r"^COPY (\S+) ", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert [source for source in sources if not (ROOT / source).exists()] == []
