"""Texts that want to be more than text: templates that read secrets, cells that calculate."""

import csv
import io
import time
import zipfile
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models, transaction
from django.test import Client

from accounts import tenancy
from accounts.tenancy import TenantOwned
from contacts.engine.personal_data_files import FORMULA
from notifications.engine import rendering
from notifications.models import MailTemplate, ReplyText, SMSTemplate
from notifications.models.templates import validate_template
from tests import admin_rows
from tools import cross_tenant

ROOT = Path(__file__).resolve().parents[1]
ATTACKS = [
    "{u.__init__.__globals__[settings].SECRET_KEY}",
    "{n:>300000000}",
    "{0.__class__}",
    "{first_name!r}",
    "{a[0]}",
    "{a.b}",
    "{{7*7}}",
    "{% debug %}",
    "{{ settings.SECRET_KEY }}",
    "${7*7}{x",
    "{" * 5000,
    "{a" * 2000,
    "{a}" * 1600 + "}",
    "{first_name}{__class__.__mro__}",
    "{\x00}",
    "{ first_name }",
    "{é}",
    "{" + "a" * 5000 + "}",
]
FIELDS = {
    (SMSTemplate, "sms_text"): ("sms-template", {"label": "L", "template_key": "k"}),
    (MailTemplate, "subject"): ("mail-template", {"label": "L", "template_key": "k", "message_plaintext": "x"}),
    (MailTemplate, "message_plaintext"): ("mail-template", {"label": "L", "template_key": "k", "subject": "x"}),
    (MailTemplate, "message_html"): (
        "mail-template",
        {"label": "L", "template_key": "k", "subject": "x", "message_plaintext": "x"},
    ),
    (ReplyText, "text"): ("reply-text", {"key": "unclear", "language": "en"}),
}
PRINTED = ATTACKS[:2]


def test_every_template_field_is_known_here():
    found = {
        (model, field.name)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if validate_template in field.validators
    }
    assert found == set(FIELDS)


@pytest.mark.parametrize("text", ATTACKS, ids=lambda text: text[:30])
def test_attack_is_refused_at_once_and_renders_to_nothing_more(text):
    began = time.process_time()
    wrong, said = rendering.problem(text), rendering.render(text, {"first_name": "Ana", "u": object(), "n": 1})
    took = time.process_time() - began
    assert wrong.startswith("Write placeholders as a name in braces")
    assert len(said) <= len(text) + 3
    assert "SECRET" not in said or "SECRET" in text
    assert took < 0.5  # a pattern that tries each place anew takes seconds


@pytest.mark.django_db
@pytest.mark.parametrize(("place", "rest"), FIELDS.items(), ids=lambda value: str(value[1])[:20])
def test_attack_is_refused_by_each_field_in_rest_and_admin(api, world, clock, settings, place, rest):
    (model, field), (address, body) = place, rest
    desk = Client()
    desk.force_login(world.owner)
    for text in PRINTED:
        answer = api.post(f"/rest-api/{address}/", {**body, field: text})
        assert (answer.status_code, list(answer.json())) == (400, [field, "code"])
        page = desk.post(f"/admin/notifications/{model._meta.model_name}/add/", {**body, field: text})
        assert list(page.context["adminform"].form.errors) == [field]
        assert settings.SECRET_KEY not in answer.content.decode() + page.content.decode()
    with tenancy.tenant(world.organization.pk):
        assert not model.objects.filter(**{field: text})


FORMULAS = ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1"]


@pytest.mark.django_db
def test_no_cell_of_an_export_calculates(api, world, clock):
    contact = admin_rows.create_rows(world).contact
    with tenancy.tenant(world.organization.pk):
        written = sum(_poison(model, FORMULAS[place % len(FORMULAS)]) for place, model in enumerate(_models()))
    answer = api.get(f"/rest-api/contact/{contact.pk}/export/?as=csv")
    assert answer.status_code == 200
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    cells = [cell for name in archive.namelist() for row in _rows(archive, name) for cell in row]
    assert [cell for cell in cells if cell.startswith(FORMULA)] == []
    assert written > 40
    assert len([cell for cell in cells if cell.startswith("'")]) > 15


def _models():
    return sorted((model for model in apps.get_models() if issubclass(model, TenantOwned)), key=lambda m: m._meta.label)


def _poison(model, text):
    """Write a text into every field of the clinic's rows that takes it; return into how many."""
    count = 0
    for field in model._meta.concrete_fields:
        if type(field) in (models.CharField, models.TextField, models.EmailField) and not field.choices:
            try:
                with transaction.atomic():
                    count += bool(model.objects.update(**{field.name: text}))
            except Exception:
                continue
    return count


def _rows(archive, name):
    return csv.reader(io.StringIO(archive.read(name).decode("utf-8-sig")))


def test_one_helper_writes_all_tables():
    writers = [
        file.relative_to(ROOT).as_posix()
        for app in cross_tenant.APPS
        for file in (ROOT / app).rglob("*.py")
        if "/tests/" not in str(file) and ("csv.writer" in (text := file.read_text()) or "DictWriter" in text)
    ]
    assert writers == ["contacts/engine/personal_data_files.py"]
