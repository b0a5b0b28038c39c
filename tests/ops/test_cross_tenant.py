"""The list of places that may look across organizations."""

from tools import cross_tenant


def planted(tmp_path, text):
    folder = tmp_path / "contacts"
    folder.mkdir()
    (folder / "views.py").write_text(text)
    return [line for line in cross_tenant.unlisted_uses(tmp_path) if not line.endswith("has no such use")]


def test_only_the_listed_places_look_across_organizations():
    assert cross_tenant.unlisted_uses() == []


def test_every_listed_place_gives_a_reason():
    assert all(len(reason.split()) > 2 for reason in cross_tenant.ALLOWED.values())


def test_a_call_elsewhere_is_found(tmp_path):
    assert planted(tmp_path, "x = 1\nrows = Contact.objects.unscoped()\n") == ["contacts/views.py:2: unscoped"]


def test_a_manager_named_by_a_string_is_found(tmp_path):
    assert planted(tmp_path, 'user.memberships(manager="_base_manager")\n') == ["contacts/views.py:1: _base_manager"]
