"""The audit trail in the database: nobody can change it, and tampering is detected."""

import threading

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, connections, transaction

from accounts import tenancy
from accounts.models import AuditEntry, PlatformEntry
from accounts.services import audit, audit_chain
from accounts.services.audit_chain import PLATFORM, Chain, ChainHead
from tests import factories

pytestmark = pytest.mark.django_db
TABLES = ["accounts_auditentry", "accounts_platformentry"]
TAMPERING = ["UPDATE {} SET action = 'x'", "UPDATE {} SET position = 1", "DELETE FROM {}", "TRUNCATE {}"]


def write(world, *actions):
    with tenancy.tenant(world.organization.pk):
        for action in actions:
            audit.record(action, world.clinic)


def entries(world):
    with tenancy.tenant(world.organization.pk):
        return list(AuditEntry.objects.order_by("id"))


def faults(world):
    with tenancy.tenant(world.organization.pk):
        return list(audit_chain.find_tampering(Chain(world.organization.pk)))


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("statement", TAMPERING)
def test_application_can_neither_change_nor_delete_an_entry(world, table, statement):
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(table))


@pytest.fixture
def owner(committed):
    """Return a cursor with the rights of the tables' owner."""
    params = connections["owner"].get_connection_params()
    found = psycopg2.connect(**params | {"dbname": connections["default"].settings_dict["NAME"]})
    found.autocommit = True
    with found.cursor() as cursor:
        yield cursor
    found.close()


@pytest.fixture
def clinic(owner):
    return factories.world("Riverside")


@pytest.fixture
def tampering(owner):
    """Let the owner take the triggers away, as somebody with the keys of the server could."""

    def tamper(*statements):
        owner.execute("ALTER TABLE accounts_auditentry DISABLE TRIGGER USER")
        owner.execute("ALTER TABLE accounts_auditentry DISABLE ROW LEVEL SECURITY")
        for statement in statements:
            owner.execute(statement)
        owner.execute("ALTER TABLE accounts_auditentry ENABLE TRIGGER USER")

    forced = "SELECT relrowsecurity FROM pg_class WHERE relname = 'accounts_auditentry'"
    owner.execute(forced)
    secured = owner.fetchone()[0]
    yield tamper
    if secured:
        owner.execute("ALTER TABLE accounts_auditentry ENABLE ROW LEVEL SECURITY")


def test_owner_of_the_tables_is_refused_too(clinic, owner):
    write(clinic, "one")
    audit_chain.extend_chains()
    owner.execute("SELECT set_config('app.tenant', %s, false)", [str(clinic.organization.pk)])
    for statement in TAMPERING:
        with pytest.raises(psycopg2.errors.InsufficientPrivilege, match="append-only"):
            owner.execute(statement.format("accounts_auditentry"))
    assert [entry.action for entry in entries(clinic)] == ["one"]


def test_place_and_time_of_an_entry_are_not_the_writers_to_choose(world, clock):
    with tenancy.tenant(world.organization.pk):
        made = AuditEntry.objects.create(via="task", action="forged", position=7, hash="x" * 64, at="2020-01-01T00:00Z")
        made.refresh_from_db()
    assert (made.position, made.hash, made.at) == (None, "", clock.at)


def test_each_organization_has_a_chain_of_its_own(world, other, clock):
    write(world, "one", "two")
    write(other, "one")
    assert audit_chain.extend_chains() == 3
    assert [entry.position for entry in entries(world)] == [1, 2]
    assert [entry.position for entry in entries(other)] == [1]
    assert len({entry.hash for entry in entries(world) + entries(other)}) == 3
    assert faults(world) == faults(other) == []


def test_chain_goes_on_where_it_stood(world, clock):
    write(world, "one")
    audit_chain.extend_chains()
    first = entries(world)[0].hash
    write(world, "two")
    audit_chain.extend_chains()
    assert [(entry.position, entry.hash == first) for entry in entries(world)] == [(1, True), (2, False)]
    assert audit_chain.extend_chains() == 0


def test_what_belongs_to_no_organization_has_a_chain_too(db, clock):
    audit.record("one")
    audit_chain.extend_chains()
    assert PlatformEntry.objects.get().position == 1
    assert list(audit_chain.find_tampering(Chain(PLATFORM))) == []


def test_changed_entry_is_named(clinic, tampering):
    write(clinic, "one", "two", "three")
    audit_chain.extend_chains()
    pk = entries(clinic)[1].pk
    tampering(f"UPDATE accounts_auditentry SET action = 'other' WHERE id = {pk}")
    assert faults(clinic) == [f"Entry {pk} (number 2) was changed, or the one before it together with its hash."]


def test_removed_entry_is_named(clinic, tampering):
    write(clinic, "one", "two", "three")
    audit_chain.extend_chains()
    _, gone, last = (entry.pk for entry in entries(clinic))
    tampering(f"DELETE FROM accounts_auditentry WHERE id = {gone}")
    assert faults(clinic) == [f"Number 2 was removed, before entry {last}."]


COPY = """
INSERT INTO accounts_auditentry (organization_id, at, identity, name, via, address, agent, action, kind, object_id,
                                 changed, facts, position, hash)
SELECT organization_id, {at}, identity, name, via, address, agent, 'forged', kind, object_id, changed, facts, 2, hash
  FROM accounts_auditentry WHERE position = 1
"""
FIT = """
UPDATE accounts_auditentry e SET hash = accounts_auditentry_digest(
    (SELECT hash FROM accounts_auditentry WHERE position = 1), e) WHERE position = 2
"""


WRONG = "UPDATE accounts_auditentry SET hash = repeat('0', 64) WHERE position = 2"


@pytest.mark.parametrize("cover", [WRONG, FIT], ids=["with a wrong hash", "with a right hash"])
def test_inserted_entry_is_named(clinic, tampering, cover):
    write(clinic, "one", "two", "three")
    audit_chain.extend_chains()
    shift = "UPDATE accounts_auditentry SET position = position + {} WHERE position {}"
    tampering(shift.format(100, "> 1"), COPY.format(at="at"), cover, shift.format(-99, "> 100"))
    (forged,) = [entry.pk for entry in entries(clinic) if entry.action == "forged"]
    assert faults(clinic) == [f"Entry {forged} (number 2) was put in: the next one does not know it."]


def test_entry_put_in_at_the_end_is_named_by_its_time(clinic, tampering):
    write(clinic, "one")
    audit_chain.extend_chains()
    tampering(COPY.format(at="at - interval '2 hours'").replace(", 2, hash", ", NULL, ''"))
    audit_chain.extend_chains()
    (forged,) = [entry.pk for entry in entries(clinic) if entry.action == "forged"]
    assert faults(clinic) == [f"Entry {forged} (number 2) was put in: it is older than entries before it."]


def test_chain_that_was_cut_is_found_by_what_was_noted(clinic, tampering):
    write(clinic, "one", "two")
    audit_chain.extend_chains()
    chain, last = Chain(clinic.organization.pk), entries(clinic)[-1]
    with tenancy.tenant(clinic.organization.pk):
        noted = audit_chain.chain_head(chain)
        assert noted == ChainHead(2, last.hash)
        assert audit_chain.contains_head(chain, noted)
        tampering(f"DELETE FROM accounts_auditentry WHERE id = {last.pk}")
        assert list(audit_chain.find_tampering(chain)) == []
        assert not audit_chain.contains_head(chain, noted)


def test_command_tells_where_the_chains_stand(world, clock, capsys):
    write(world, "one")
    call_command("verify_audit")
    (entry,) = entries(world)
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "ok   the platform  empty"
    assert f"ok   Riverside ({world.organization.uuid})  1:{entry.hash}" in told


def test_command_fails_when_a_noted_head_is_gone(world, clock, capsys):
    write(world, "one")
    with pytest.raises(SystemExit):
        call_command("verify_audit", "--organization", "Riverside", "--expect", f"1:{'0' * 64}")
    assert "Number 1 is not what it was" in capsys.readouterr().out


@pytest.mark.parametrize(
    "given", [["--expect", "1:a"], ["--organization", "Riverside", "--expect", "x"]], ids=["of whom", "no number"]
)
def test_command_says_what_it_needs(world, given):
    with pytest.raises(CommandError):
        call_command("verify_audit", *given)


def test_writers_do_not_wait_for_each_other_nor_for_sealers(clinic):
    """A long transaction holds nobody up, keeps nobody's place, and comes into the chain when it has ended."""
    written, go_on = threading.Event(), threading.Event()

    def slow():
        with transaction.atomic():
            write(clinic, "slow")
            written.set()
            assert go_on.wait(10)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert written.wait(10)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '2s'")
    write(clinic, "quick")
    assert audit_chain.extend_chains() == 1
    go_on.set()
    thread.join()
    assert audit_chain.extend_chains() == 1
    assert [(entry.action, entry.position) for entry in entries(clinic)] == [("slow", 2), ("quick", 1)]
    assert faults(clinic) == []


def test_sealers_at_once_make_one_chain(clinic):
    start = threading.Barrier(6)

    def work(number):
        start.wait()
        for _ in range(10):
            if number % 2:
                write(clinic, "x")
            audit_chain.extend_chains()
        connection.close()

    crowd = [threading.Thread(target=work, args=[number]) for number in range(6)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    audit_chain.extend_chains()
    assert sorted(entry.position for entry in entries(clinic)) == list(range(1, 31))
    assert faults(clinic) == []
