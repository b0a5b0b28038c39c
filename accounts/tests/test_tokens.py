"""Signed tokens of trusted issuers: whom they let in, and all the ways in which they do not."""

import base64
import hashlib
import hmac
import json
import uuid
from datetime import timedelta
from functools import cache

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.contrib.sessions.models import Session
from django.test import Client
from rest_framework.test import APIClient

from accounts import tenancy
from accounts.engine import public_keys
from accounts.engine.token_claims import is_current
from accounts.models import IdempotentRequest, Membership, TrustedIssuer, User
from accounts.services import signin
from tests.clients import client_of, key_client
from tests.factories import NOW

pytestmark = pytest.mark.django_db
ADDRESS = "/rest-api/organization/"
CONTACTS = "/rest-api/contact/"
ISSUERS = "/rest-api/trusted-issuer/"
BIFROST = "https://bifrost.example"
ANA = uuid.UUID("6f1c9c1e-0000-4000-8000-00000000000a")


@cache
def private(number=1, bits=2048):
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def pem(key):
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def trust(world, **fields):
    with tenancy.tenant(world.organization.pk):
        return TrustedIssuer.objects.create(
            **{"issuer": BIFROST, "audience": "punctual", "public_key": pem(private()), "role": "staff", **fields}
        )


@pytest.fixture
def issuer(world, clock):
    return trust(world)


def claims(world, **changed):
    """Return the claims of a good token; None takes one away."""
    made = {
        "iss": BIFROST,
        "aud": "punctual",
        "exp": int(NOW.timestamp()) + 300,
        "iat": int(NOW.timestamp()),
        "username": "ana",
        "core_user_uuid": str(ANA),
        "organization_uuid": str(world.organization.uuid),
        **changed,
    }
    return {name: value for name, value in made.items() if value is not None}


def token(world, key=None, *, algorithm="RS256", headers=None, **changed):
    # Below jwt.encode, which refuses to write what is to be refused here.
    payload = json.dumps(claims(world, **changed)).encode()
    return jwt.api_jws.encode(payload, key or private(), algorithm=algorithm, headers=headers)


def ask(text, scheme="JWT", **extra):
    return APIClient().get(ADDRESS, HTTP_AUTHORIZATION=f"{scheme} {text}", **extra)


def client(world, **changed):
    made = APIClient()
    made.credentials(HTTP_AUTHORIZATION=f"JWT {token(world, **changed)}")
    return made


def told(answer):
    return answer.status_code, answer.json().get("code")


REFUSED = (401, "authentication_failed")


@pytest.mark.parametrize("scheme", ["JWT", "jwt", "Bearer", "bearer"])
def test_token_of_a_trusted_issuer_lets_in(world, issuer, scheme):
    answer = ask(token(world), scheme)
    assert [row["name"] for row in answer.json()["results"]] == ["Riverside"]


def test_visitor_stays_when_members_leave(world, issuer):
    Membership.objects.unscoped().filter(user=world.staff).delete()
    assert client(world).get(ADDRESS).status_code == 200


def test_nothing_is_kept(world, issuer):
    users = User.objects.count()
    answer = ask(token(world))
    assert (answer.status_code, dict(answer.cookies)) == (200, {})
    assert (Session.objects.count(), User.objects.count()) == (0, users)


@pytest.mark.parametrize(("role", "expected"), [("viewer", 403), ("staff", 201), ("owner", 201)])
def test_visitor_may_what_the_issuer_was_granted(world, clock, role, expected):
    trust(world, role=role)
    assert client(world).post(CONTACTS, {"first_name": "Bo"}).status_code == expected


@pytest.mark.parametrize("name", ["iss", "aud", "exp", "username", "core_user_uuid", "organization_uuid"])
@pytest.mark.parametrize("value", [None, "", " ", 7, True, [], {}, "a\x00b", "\ud800"])
def test_required_claim_is_absent_or_malformed(world, issuer, name, value):
    assert told(ask(token(world, **{name: value}))) == REFUSED


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://other.example"},
        {"aud": "other"},
        {"aud": ["other"]},
        {"core_user_uuid": "ana"},
        {"organization_uuid": "x"},
        {"organization_uuid": str(uuid.uuid4())},
    ],
)
def test_claim_says_something_else(world, issuer, changed):
    assert told(ask(token(world, **changed))) == REFUSED


def test_one_of_several_audiences_is_enough(world, issuer):
    assert ask(token(world, aud=["other", "punctual"])).status_code == 200


def test_token_expires_by_our_clock_with_half_a_minute_of_leeway(world, issuer, clock):
    text = token(world)
    clock.forward(seconds=329)
    assert ask(text).status_code == 200
    clock.forward(seconds=1)
    assert told(ask(text)) == REFUSED


@pytest.mark.parametrize("name", ["nbf", "iat"])
@pytest.mark.parametrize(("ahead", "expected"), [(30, 200), (31, 401)])
def test_token_from_the_future_is_refused(world, issuer, name, ahead, expected):
    assert ask(token(world, **{name: int(NOW.timestamp()) + ahead})).status_code == expected


@pytest.mark.parametrize("value", ["1", True, [], float("inf"), float("nan"), 10**400, -(10**400), None])
def test_moments_that_are_no_numbers_are_never_current(value):
    assert not is_current({"exp": value}, now=NOW)


def test_token_of_another_key_is_refused(world, issuer):
    assert told(ask(token(world, private(2)))) == REFUSED


def test_changed_token_is_refused(world, issuer):
    head, _, signature = token(world).split(".")
    body = part(claims(world, username="root"))
    assert told(ask(f"{head}.{body}.{signature}")) == REFUSED
    assert told(ask(token(world)[:-8] + "AAAAAAAA")) == REFUSED


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize("name", ["none", "None", "NONE", ""])
def test_unsigned_token_is_refused(world, issuer, name):
    assert told(ask(f"{part({'alg': name, 'typ': 'JWT'})}.{part(claims(world))}.")) == REFUSED


@pytest.mark.parametrize("name", ["HS256", "RS256"])
def test_public_key_is_no_secret_to_sign_with(world, issuer, name):
    signed = f"{part({'alg': name, 'typ': 'JWT'})}.{part(claims(world))}"
    mac = hmac.new(pem(private()).encode(), signed.encode(), hashlib.sha256).digest()
    assert told(ask(f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}")) == REFUSED


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
def test_other_algorithm_of_the_right_key_is_refused(world, issuer, algorithm):
    assert told(ask(token(world, algorithm=algorithm))) == REFUSED


def test_key_in_the_header_counts_for_nothing(world, issuer):
    own = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(private(2).public_key()))
    headers = {"jwk": own, "jku": "https://evil.example/keys", "kid": "../../etc/passwd"}
    assert told(ask(token(world, private(2), headers=headers))) == REFUSED


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "é",
        "\x00",
        "a" * 9000,
        f"{part({'alg': 'RS256'})}.{part([])}.x",
        f"{part([])}.{part({})}.x",
        base64.urlsafe_b64encode(b'{"alg":"RS256","x":' + b"[" * 5000).decode() + ".e30.x",
        f"{part({'alg': 'RS256', 'crit': ['exp']})}.{part({})}.x",
    ],
)
def test_no_token_at_all_is_refused(world, issuer, text):
    assert told(ask(text)) == REFUSED


# The wall


def test_issuer_speaks_for_its_own_organization_only(world, other, issuer):
    assert told(ask(token(other))) == REFUSED
    assert told(ask(token(world), HTTP_X_ORGANIZATION=str(other.organization.uuid))) == (403, "not_a_member")
    assert ask(token(world), HTTP_X_ORGANIZATION=str(world.organization.uuid)).status_code == 200


def test_two_organizations_may_trust_one_issuer_by_different_keys(world, other, issuer):
    trust(other, public_key=pem(private(2)))
    assert ask(token(other, private(2))).json()["results"][0]["name"] == "Lakeside"
    assert told(ask(token(other))) == REFUSED
    assert told(ask(token(world, private(2)))) == REFUSED


def test_switched_off_issuer_is_out_at_once(world, issuer):
    assert ask(token(world)).status_code == 200
    TrustedIssuer.objects.unscoped().update(is_active=False)
    assert told(ask(token(world))) == REFUSED


def test_both_keys_count_while_the_issuer_changes_its_own(world, clock):
    trust(world, public_key=pem(private()) + pem(private(2)))
    assert [ask(token(world, key)).status_code for key in (private(), private(2), private(3))] == [200, 200, 401]


def test_token_opens_no_page_of_the_admin(world, clock):
    trust(world, role="owner")
    assert client(world).get("/admin/contacts/contact/").status_code == 302


# Who acts


def test_who_acts_is_the_issuers_person(world, issuer):
    found = signin.principal_from_header(f"JWT {token(world)}", "", request=None)
    assert (found.identity, found.name, found.via) == (f"jwt:{issuer.pk}:{ANA}", f"ana ({BIFROST})", "jwt")
    with tenancy.tenant(world.organization.pk):
        assert found.person() == world.owner


def test_idempotency_keys_are_the_persons_own(world, issuer):
    bo = str(uuid.uuid4())
    answers = [
        client(world, core_user_uuid=who).post(CONTACTS, {"first_name": "Cy"}, HTTP_IDEMPOTENCY_KEY="a").json()["id"]
        for who in (str(ANA), bo, str(ANA).upper())
    ]
    assert answers[0] == answers[2] != answers[1]
    with tenancy.tenant(world.organization.pk):
        actors = set(IdempotentRequest.objects.values_list("actor", flat=True))
    assert actors == {f"jwt:{issuer.pk}:{ANA}", f"jwt:{issuer.pk}:{bo}"}


def test_longest_identity_fits(world, issuer):
    issuer.pk = 2**63 - 1
    visitor = signin.Visitor(issuer=issuer, core_user_uuid=ANA, username="ana")
    found = signin.Principal(user=None, organization=world.organization, role="staff", via="jwt", visitor=visitor)
    assert len(found.identity) == IdempotentRequest._meta.get_field("actor").max_length


# Registering issuers


def registration(**fields):
    return {"issuer": BIFROST, "audience": "punctual", "public_key": pem(private()), **fields}


def test_owner_registers_an_issuer(api, world, clock):
    made = api.post(ISSUERS, registration())
    assert (made.status_code, made.json()["role"], made.json()["is_active"]) == (201, "staff", True)
    assert ask(token(world)).status_code == 200
    assert api.delete(made.json()["url"]).status_code == 204
    assert told(ask(token(world))) == REFUSED


@pytest.mark.parametrize("role", ["manager", "staff", "viewer"])
def test_only_owners_register(world, role):
    answer = client_of(getattr(world, role)).post(ISSUERS, registration())
    assert told(answer) == (403, "permission_denied")


def test_narrowed_key_registers_nobody(world, issuer):
    narrow = key_client(world, scopes=["people:read", "people:write"])
    url = f"{ISSUERS}{issuer.pk}/"
    assert told(narrow.post(ISSUERS, registration(issuer="x"))) == (403, "wider_than_oneself")
    assert told(narrow.patch(url, {"role": "owner"})) == (403, "wider_than_oneself")
    assert narrow.get(url).json()["role"] == "staff"


def test_issuer_is_registered_once_in_an_organization(api, world, other, issuer):
    assert told(api.post(ISSUERS, registration())) == (400, "invalid")
    assert client_of(other.owner).post(ISSUERS, registration()).status_code == 201


BAD_KEYS = {
    "nothing": "",
    "no key": "ssh-rsa AAAA",
    "broken": "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
    "short": pem(private(bits=1024)),
    "elliptic": pem(ec.generate_private_key(ec.SECP256R1())),
    "with a rest": pem(private()) + "and more",
    "too many": pem(private()) * 5,
    "private": private()
    .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    .decode(),
}


@pytest.mark.parametrize("name", BAD_KEYS)
def test_unfit_key_is_refused_by_field(api, name):
    answer = api.post(ISSUERS, registration(public_key=BAD_KEYS[name]))
    assert (answer.status_code, list(answer.json())) == (400, ["public_key", "code"])


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_short_key_that_slipped_in_opens_nothing(world, clock):
    trust(world, public_key=BAD_KEYS["short"])
    assert told(ask(token(world, private(bits=1024)))) == REFUSED


def test_older_form_of_a_public_key_is_read():
    form = serialization.PublicFormat.PKCS1
    text = private().public_key().public_bytes(serialization.Encoding.PEM, form).decode()
    assert public_keys.read(text)[0].key_size == 2048


def test_owner_registers_in_the_admin(world, clock):
    owner = Client()
    owner.force_login(world.owner)
    for key, expected in ((BAD_KEYS["short"], 200), (pem(private()), 302)):
        data = registration(role="viewer", is_active="on", public_key=key)
        assert owner.post("/admin/accounts/trustedissuer/add/", data).status_code == expected
    assert ask(token(world)).status_code == 200


def test_long_lived_token_is_its_issuers_matter(world, issuer, clock):
    text = token(world, exp=int((NOW + timedelta(days=365)).timestamp()))
    clock.forward(days=300)
    assert ask(text).status_code == 200
