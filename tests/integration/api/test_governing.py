"""Two people over HTTP: what each role may do, and every way round the second person."""

import base64
import csv
import io
import itertools
import json
import tomllib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from api.cli.main import run
from api.demo.people import secret_file
from api.openapi_texts import EXAMPLE_GRANT, EXAMPLE_PERSON
from keystore.seal_drawing import SealCentre, SealDesign, draw_seal
from licenses.client_secrets import enrolment_text, new_secret, scrypt
from licenses.database import write_session
from licenses.roles import RIGHTS, SCOPES, Right, Role
from tests.integration.api.test_licenses import told

SYSTEM, SECURITY, AUDIT = "zhang-shili", "li-yangben", "wang-xugou"
ROLE_OF = {SYSTEM: Role.SYSTEM, SECURITY: Role.SECURITY, AUDIT: Role.AUDIT}
SECOND_SYSTEM, SECOND_SECURITY = "qian-shili", "zhao-moni"
GRANT = EXAMPLE_GRANT["payload"]
REASON = {"reason": "核查"}
ROUTES = [
    ("GET", "/v1/people", Right.READ_PEOPLE, None),
    ("GET", f"/v1/people/{SYSTEM}", Right.READ_PEOPLE, None),
    ("POST", f"/v1/people/{SYSTEM}/disable", Right.DISABLE, None),
    ("GET", "/v1/proposals", Right.READ_PROPOSALS, None),
    ("GET", "/v1/proposals/1", Right.READ_PROPOSALS, None),
    ("POST", "/v1/proposals", Right.PROPOSE, EXAMPLE_GRANT),
    ("POST", "/v1/proposals/1/approve", Right.DECIDE, {"payload_sm3": "00" * 32}),
    ("POST", "/v1/proposals/1/reject", Right.DECIDE, REASON),
    ("GET", "/v1/seals", Right.READ_SEALS, None),
    ("GET", "/v1/seals/authority", Right.READ_SEALS, None),
    ("GET", "/v1/seals/authority/grants", Right.READ_SEALS, None),
    ("GET", "/v1/seals/authority/uses", Right.READ_USES, None),
    ("POST", "/v1/seals", Right.REGISTER, {"alias": "never", "name": "示例"}),
    ("POST", "/v1/seals/authority/suspend", Right.STOP, REASON),
    ("POST", "/v1/seals/authority/grants/99/withdraw", Right.STOP, None),
]


class Office:
    """The demo's people, and two more, each with a token of their own."""

    def __init__(self, world):
        self.world, self.secrets, self._tokens = world, {}, {}
        folder = world.services.settings.data_dir
        for name in ROLE_OF:
            self.secrets[name] = secret_file(folder, name).read_text().strip()
        for name, role in ((SECOND_SYSTEM, "system"), (SECOND_SECURITY, "security")):
            self.add(name, role)

    def add(self, name, role):
        self.secrets[name], kept = new_secret(scrypt)
        payload = {"name": name, "full_name": "某虚构", "role": role}
        whole = {**payload, "enrolment": enrolment_text(kept)}
        self.done({"act": "person.add", "payload": whole})

    def ask_token(self, name, **form):
        form = {"grant_type": "client_credentials", **form}
        return self.world.http.post("/oauth/token", data=form, auth=(name, self.secrets[name]))

    def auth(self, name):
        if name not in self._tokens:
            self._tokens[name] = self.ask_token(name).json()["access_token"]
        return {"Authorization": f"Bearer {self._tokens[name]}"}

    def forget(self, *names):
        for name in names or tuple(self._tokens):
            self._tokens.pop(name, None)

    def get(self, name, path, **arguments):
        headers = {**self.auth(name), **arguments.pop("headers", {})}
        return self.world.http.get(path, headers=headers, **arguments)

    def post(self, name, path, body=None):
        return self.world.http.post(path, json=body, headers=self.auth(name))

    def propose(self, body=EXAMPLE_GRANT, *, by=SYSTEM):
        answer = self.post(by, "/v1/proposals", body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def approve(self, asked, *, by=SECURITY, sm3=None):
        body = {"payload_sm3": sm3 or asked["payload_sm3"]}
        return self.post(by, f"/v1/proposals/{asked['id']}/approve", body)

    def done(self, body):
        answer = self.approve(self.propose(body))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def grants(self):
        return self.get(SYSTEM, "/v1/seals/authority/grants").json()

    def state(self, asked):
        return self.get(AUDIT, f"/v1/proposals/{asked['id']}").json()["state"]


@pytest.fixture(scope="module")
def office(world):
    return Office(world)


def send(office, headers, method, path, body):
    return office.world.http.request(method, path, headers=headers, json=body)


# Who may do what


@pytest.mark.parametrize("name", ROLE_OF)
def test_a_persons_token_holds_the_rights_of_the_role_and_no_more_on_request(office, name):
    answer = office.ask_token(name).json()
    assert set(answer["scope"].split()) == SCOPES[ROLE_OF[name]]
    others = frozenset(Right) - SCOPES[ROLE_OF[name]] | {"licenses:issue", "licenses:read"}
    for scope in others:
        refused = office.ask_token(name, scope=f"people:read {scope}")
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope")
    assert office.ask_token(name, scope="people:read").json()["scope"] == "people:read"


@pytest.mark.parametrize(("method", "path", "right", "body"), ROUTES)
def test_each_route_opens_to_its_roles_alone(office, method, path, right, body):
    assert told(send(office, {}, method, path, body)) == (401, "token-required")
    for name, role in ROLE_OF.items():
        if role not in RIGHTS[right]:
            answer = send(office, office.auth(name), method, path, body)
            assert told(answer) == (403, "insufficient-scope")
            # Were a token to hold the scope, the role would still be asked.
            token = office.world.services.mint.issue(name, frozenset({right.value}))
            answer = send(office, {"Authorization": f"Bearer {token}"}, method, path, body)
            assert told(answer) == (403, "act-not-allowed")


@pytest.mark.parametrize(("method", "path", "right", "body"), ROUTES)
def test_a_systems_token_opens_none_of_them(office, method, path, right, body):
    world = office.world
    assert told(send(office, world.auth(), method, path, body)) == (403, "insufficient-scope")
    # Nor would one that an operator gave every right.
    token = world.services.mint.issue("approvals", frozenset(Right))
    answer = send(office, {"Authorization": f"Bearer {token}"}, method, path, body)
    assert told(answer) == (403, "unknown-person")


@pytest.mark.parametrize(("method", "path", "right", "body"), ROUTES)
def test_a_token_for_one_right_opens_no_other(office, method, path, right, body):
    others = frozenset(Right) - {right}
    token = office.world.services.mint.issue(SYSTEM, others)
    answer = send(office, {"Authorization": f"Bearer {token}"}, method, path, body)
    assert told(answer) == (403, "insufficient-scope")


def test_a_person_issues_and_reads_no_licences(office):
    body = office.world.sample()
    headers = {**office.auth(SYSTEM), "Idempotency-Key": "by-hand"}
    answer = office.world.http.post("/v1/licenses", json=body, headers=headers)
    assert told(answer) == (403, "insufficient-scope")


def test_everybody_reads_the_lists_and_nobody_a_secret(office):
    for name, role in ROLE_OF.items():
        people = office.get(name, "/v1/people")
        assert {one["name"]: one["role"] for one in people.json()}.items() >= ROLE_OF.items()
        assert office.get(name, f"/v1/people/{name}").json()["role"] == role
        lines = office.get(name, "/v1/proposals?state=EXECUTED").json()
        numbers = [one["id"] for one in lines]
        assert numbers == sorted(numbers, reverse=True)
        older = office.get(name, f"/v1/proposals?state=EXECUTED&older_than={numbers[0]}")
        assert older.json() == lines[1:]
        seals = office.get(name, "/v1/seals").json()
        assert [one["state"] for one in seals if one["alias"] == "authority"] == ["ACTIVE"]
        for secret in office.secrets.values():
            assert secret not in people.text
        assert "hash" not in people.text
    assert told(office.get(AUDIT, "/v1/people/nobody-here")) == (404, "person-not-found")
    assert told(office.get(AUDIT, "/v1/seals/none")) == (404, "unknown-seal")
    assert told(office.get(AUDIT, "/v1/seals/none/grants")) == (404, "unknown-seal")


# The second person


def test_nobody_approves_what_they_proposed(office):
    for by in (SYSTEM, SECURITY):
        asked = office.propose({"act": "seal.resume", "payload": _resume(office)}, by=by)
        assert told(office.approve(asked, by=by)) == (403, "act-not-allowed")
        assert office.state(asked) == "OPEN"
    office.done({"act": "seal.resume", "payload": {"seal": "authority", "reason": "无误"}})


def _resume(office):
    if office.get(SYSTEM, "/v1/seals/authority").json()["state"] == "ACTIVE":
        assert office.post(SECURITY, "/v1/seals/authority/suspend", REASON).status_code == 200
    return {"seal": "authority", "reason": "无误"}


def test_two_people_of_one_role_are_not_enough(office):
    payload = {**EXAMPLE_PERSON["payload"], "name": "sun-jiade"}
    asked = office.propose({"act": "person.add", "payload": payload})
    assert told(office.approve(asked, by=SECOND_SYSTEM)) == (403, "act-not-allowed")
    grant = office.propose()
    assert told(office.approve(grant, by=SECOND_SYSTEM)) == (403, "act-not-allowed")
    assert {office.state(asked), office.state(grant)} == {"OPEN"}


def test_the_role_that_allows_a_grant_does_not_ask_for_it(office):
    answer = office.post(SECURITY, "/v1/proposals", EXAMPLE_GRANT)
    assert told(answer) == (403, "act-not-allowed")


def test_an_approval_sent_again_does_nothing(office):
    before = len(office.grants())
    asked = office.propose()
    assert office.approve(asked).json()["state"] == "EXECUTED"
    for by in (SECURITY, SECOND_SECURITY):
        assert told(office.approve(asked, by=by)) == (409, "proposal-not-open")
    assert len(office.grants()) == before + 1


def test_what_was_not_seen_is_not_approved(office):
    first, second = office.propose(), office.propose({**EXAMPLE_GRANT, "payload": _other_grant()})
    for sm3 in (second["payload_sm3"], "00" * 32):
        assert told(office.approve(first, sm3=sm3)) == (409, "payload-changed")
    assert office.state(first) == "OPEN"


def _other_grant():
    return {**GRANT, "per_day": 10**6}


@pytest.mark.parametrize("also_the_digest", [False, True])
def test_a_proposal_changed_in_the_database_is_not_executed(office, also_the_digest):
    other = office.propose({**EXAMPLE_GRANT, "payload": _other_grant()})
    asked, before = office.propose(), len(office.grants())
    columns = "payload, payload_sm3" if also_the_digest else "payload"
    with write_session(office.world.services.engine) as connection:
        connection.exec_driver_sql(
            f"UPDATE proposal SET ({columns}) ="
            f" (SELECT {columns} FROM proposal WHERE id = {other['id']}) WHERE id = {asked['id']}"
        )
    for sm3 in (asked["payload_sm3"], other["payload_sm3"]):
        assert told(office.approve(asked, sm3=sm3)) == (409, "payload-changed")
    assert len(office.grants()) == before


def test_whoever_is_disabled_between_proposal_and_approval_approves_nothing(office):
    office.add("zhou-zanting", "security")
    asked, headers = office.propose(), office.auth("zhou-zanting")  # a token that is still good
    gone = office.post(SYSTEM, "/v1/people/zhou-zanting/disable")
    assert gone.json()["disabled_at"] is not None
    assert told(office.approve(asked, by="zhou-zanting")) == (403, "unknown-person")
    answer = office.world.http.get("/v1/proposals", headers=headers)
    assert told(answer) == (403, "unknown-person")
    assert office.ask_token("zhou-zanting").status_code == 401
    again = office.post(SYSTEM, "/v1/people/zhou-zanting/disable")
    assert told(again) == (409, "illegal-transition")
    assert office.state(asked) == "OPEN"


def test_a_token_got_with_a_secret_that_was_replaced_is_refused(office):
    office.add("feng-huanyao", "security")
    asked, clock = office.propose(), office.world.clock
    office.auth("feng-huanyao")
    clock.offset = timedelta(seconds=2)
    try:
        people = office.world.services.governance.people
        office.secrets["feng-huanyao"] = people.rotate("feng-huanyao", now=clock())
        stale = office.approve(asked, by="feng-huanyao")
        assert told(stale) == (401, "invalid-token")
        assert stale.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
        office.forget("feng-huanyao")
        assert office.approve(asked, by="feng-huanyao").json()["state"] == "EXECUTED"
    finally:
        clock.offset = timedelta()


def test_what_somebody_proposed_who_was_disabled_since_is_not_approved(office):
    office.add("wu-tingyong", "system")
    asked = office.propose(by="wu-tingyong")
    assert office.post(SECURITY, "/v1/people/wu-tingyong/disable").status_code == 200
    assert told(office.approve(asked)) == (403, "unknown-person")


def test_the_last_of_a_role_is_not_disabled(office):
    answer = office.post(SYSTEM, f"/v1/people/{AUDIT}/disable")
    assert told(answer) == (409, "last-of-role")
    answer = office.post(SYSTEM, "/v1/people/nobody-here/disable")
    assert told(answer) == (404, "person-not-found")


def test_of_two_approvers_at_once_exactly_one_does_it(office):
    before = len(office.grants())
    both = (SECURITY, SECOND_SECURITY)
    for by in both:
        office.auth(by)
    for _ in range(5):
        asked = office.propose()
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda by, one=asked: office.approve(one, by=by), both))
        assert sorted(one.status_code for one in answers) == [200, 409]
    assert len(office.grants()) == before + 5


def test_a_refused_proposal_stays_refused_and_ones_own_is_taken_back(office):
    for by in (SECURITY, SYSTEM):
        asked = office.propose()
        answer = office.post(by, f"/v1/proposals/{asked['id']}/reject", {"reason": "材料不全"})
        assert (answer.json()["state"], answer.json()["reason"]) == ("REJECTED", "材料不全")
        assert told(office.approve(asked)) == (409, "proposal-not-open")


def test_a_proposal_expires(office):
    world, asked = office.world, office.propose()
    world.clock.offset = timedelta(days=7)
    office.forget()
    try:
        assert office.get(AUDIT, f"/v1/proposals/{asked['id']}").json()["is_expired"] is True
        assert told(office.approve(asked)) == (409, "proposal-not-open")
    finally:
        world.clock.offset = timedelta()
        office.forget()


# A seal's life


def making(office, alias):
    services = office.world.services
    picture = draw_seal(SealDesign("示例市农业农村局", SealCentre.STAR, 42))
    keyring = services.desk.issuer().desk
    now = services.clock()
    return {
        "seal": alias,
        "key": "seal-signer",
        "certificate_sm3": keyring.certificate,
        "maker": "seal-maker",
        "seal_id": "99000000000002",
        "seal_name": "示例市农业农村局电子印章（二）",
        "picture": base64.b64encode(picture.data).decode(),
        "width_mm": 42,
        "height_mm": 42,
        "valid_from": now.isoformat(),
        "valid_until": (now + timedelta(days=300)).isoformat(),
    }


def test_a_seal_is_made_once_though_its_approval_is_sent_many_times_at_once(office):
    body = {"alias": "second", "name": "示例市农业农村局电子印章（二）"}
    assert office.post(SYSTEM, "/v1/seals", body).json()["state"] == "REGISTERED"
    assert told(office.post(SYSTEM, "/v1/seals", body)) == (409, "seal-exists")
    asked = office.propose({"act": "seal.make", "payload": making(office, "second")})
    listed = office.get(AUDIT, "/v1/proposals?state=OPEN").json()
    shown = {one["id"]: one for one in listed}[asked["id"]]
    whole = office.get(SECURITY, f"/v1/proposals/{asked['id']}").json()
    assert {**shown, "summary": whole["summary"], "payload": whole["payload"]} == whole
    assert not shown.keys() & {"summary", "payload"}
    assert "bytes, SM3" in whole["summary"]["picture"]
    assert whole["payload"]["picture"] == asked["payload"]["picture"]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: office.approve(asked), range(4)))
    assert sorted(one.status_code for one in answers) == [200, 409, 409, 409]
    keyring_file = office.world.services.settings.keyring_file
    assert "second" in tomllib.loads(keyring_file.read_text(encoding="utf-8"))["seals"]
    made = office.get(AUDIT, "/v1/seals/second").json()
    assert (made["state"], len(made["esl_sm3"])) == ("MADE", 64)
    office.done({"act": "seal.grant", "payload": {**GRANT, "seal": "second"}})
    assert office.get(AUDIT, "/v1/seals/second").json()["state"] == "ACTIVE"
    office.done({"act": "seal.destroy", "payload": {"seal": "second", "reason": "示例"}})
    assert office.get(AUDIT, "/v1/seals/second").json()["state"] == "DESTROYED"


def test_a_proposal_that_is_no_seal_is_told_to_its_approver_and_can_be_refused(office):
    body = {"alias": "faulty", "name": "示例印章"}
    assert office.post(SYSTEM, "/v1/seals", body).status_code == 201
    keyring_file = office.world.services.settings.keyring_file
    before, whole = keyring_file.read_bytes(), making(office, "faulty")
    imported = {
        "seal": "faulty",
        "key": "seal-signer",
        "certificate_sm3": whole["certificate_sm3"],
        "file": "MAA=",
        "maker_chain": "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----",
    }
    for act, payload in (
        ("seal.make", {**whole, "picture": "QUJD"}),
        ("seal.make", {**whole, "width_mm": 10**9}),
        ("seal.make", {**whole, "certificate_sm3": "00" * 32}),
        ("seal.make", {**whole, "maker": "seal-signer"}),
        ("seal.make", {**whole, "maker": "nobody"}),
        ("seal.make", {**whole, "valid_until": whole["valid_from"]}),
        ("seal.import", imported),
    ):
        asked = office.propose({"act": act, "payload": payload})
        for _ in range(2):
            assert told(office.approve(asked)) == (409, "seal-not-installed"), payload
        assert told(office.approve(asked, by=SECOND_SECURITY)) == (409, "proposal-not-open")
        refused = office.post(SECURITY, f"/v1/proposals/{asked['id']}/reject", REASON)
        assert refused.json()["state"] == "REJECTED"
    assert keyring_file.read_bytes() == before
    assert office.get(AUDIT, "/v1/seals/faulty").json()["state"] == "REGISTERED"


def test_one_person_stops_a_seal_and_two_let_it_go_on(office):
    world = office.world
    stopped = office.post(SECURITY, "/v1/seals/authority/suspend", REASON).json()
    assert (stopped["state"], stopped["reason"]) == ("SUSPENDED", "核查")
    before = len(world.services.register.page().records)
    assert told(world.issue("while-suspended")) == (403, "seal-not-active")
    assert len(world.services.register.page().records) == before
    asked = office.propose({"act": "seal.resume", "payload": _resume(office)}, by=SECURITY)
    assert told(world.issue("while-suspended")) == (403, "seal-not-active")
    assert office.approve(asked, by=SYSTEM).json()["state"] == "EXECUTED"
    assert world.issue("while-suspended").status_code == 201


def test_a_grant_is_withdrawn_at_once(office):
    grant = office.done({**EXAMPLE_GRANT, "payload": {**GRANT, "client": "office"}})
    number = next(one["id"] for one in office.grants() if one["proposal"] == grant["id"])
    path = f"/v1/seals/authority/grants/{number}/withdraw"
    left = {one["id"]: one for one in office.post(SECURITY, path).json()}
    assert left[number]["withdrawn_at"] is not None
    assert told(office.post(SECURITY, path)) == (403, "use-not-granted")


# The uses


@pytest.fixture(scope="module")
def used(office):
    """The seal, used five times more."""
    for number in range(5):
        assert office.world.issue(f"use-{number}").status_code == 201
    return office


def test_every_use_is_a_line_with_who_grant_key_digest_and_outcome(used):
    pages, older_than = [], None
    for _ in itertools.count():
        params = {"limit": 2, **({"older_than": older_than} if older_than else {})}
        page = used.get(AUDIT, "/v1/seals/authority/uses", params=params).json()
        pages.append(page["uses"])
        older_than = page["older_than"]
        if older_than is None:
            break
    lines = [one for page in pages for one in page]
    assert max(map(len, pages)) == 2
    assert [one["line"] for one in lines] == sorted((o["line"] for o in lines), reverse=True)
    whole = used.get(AUDIT, "/v1/seals/authority/uses").json()["uses"]
    assert lines == whole
    newest = whole[0]
    assert (newest["client"], newest["outcome"]) == ("approvals", "completed")
    assert newest["grant"] in {one["id"] for one in used.grants()}
    assert newest["key"].startswith("soft:")
    assert len(newest["digest"]) == 64


def test_the_csv_is_the_one_the_command_writes(used, tmp_path):
    folder, table = used.world.services.settings.data_dir, tmp_path / "uses.csv"
    who = ["--as", AUDIT, "--secret-file", str(secret_file(folder, AUDIT))]
    command = ["seal", "uses", "authority", "--csv", str(table), *who, "--data", str(folder)]
    assert run(command) == 0
    path = "/v1/seals/authority/uses"
    for answer in (
        used.get(AUDIT, path, params={"format": "csv"}),
        used.get(AUDIT, path, headers={"Accept": "text/csv; charset=utf-8, */*"}),
    ):
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert answer.content == table.read_bytes()
    text = table.read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    listed = used.get(AUDIT, path, params={"format": "json"}).json()["uses"]
    assert [int(row["line"]) for row in rows] == [one["line"] for one in listed]
    asked = {"format": "json"}
    answer = used.get(AUDIT, path, params=asked, headers={"Accept": "text/csv"})
    assert answer.headers["Content-Type"] == "application/json"


def test_uses_are_listed_from_and_until(used):
    now = used.world.clock()
    params = {"until": (now - timedelta(days=1)).isoformat()}
    path = "/v1/seals/authority/uses"
    assert used.get(AUDIT, path, params=params).json() == {"uses": [], "older_than": None}
    csv_text = used.get(AUDIT, path, params={**params, "format": "csv"}).text
    assert len(csv_text.splitlines()) == 1
    params = {"from": (now - timedelta(days=1)).isoformat()}
    assert used.get(AUDIT, path, params=params).json()["uses"]
    assert told(used.get(AUDIT, path, params={"from": "2026-11-23T00:00:00"}))[0] == 422
    for form in ("json", "csv"):
        answer = used.get(AUDIT, "/v1/seals/none/uses", params={"format": form})
        assert told(answer) == (404, "unknown-seal")


# Bad input


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/proposals", {**EXAMPLE_GRANT, "by": SECURITY}),
        ("/v1/proposals", {**EXAMPLE_GRANT, "act": "seal.steal"}),
        ("/v1/proposals", {"act": "seal.grant"}),
        ("/v1/proposals", {"act": "seal.grant", "payload": {**GRANT, "role": "audit"}}),
        ("/v1/proposals", {"act": "seal.grant", "payload": {**GRANT, "\ud800": 1}}),
        ("/v1/proposals", {"act": "seal.grant", "payload": {**GRANT, "client": "\ud800"}}),
        ("/v1/proposals", {"act": "seal.grant", "payload": {**GRANT, "client": "=cmd|x"}}),
        ("/v1/proposals", {"act": "seal.grant", "payload": {**GRANT, "seal": ["authority"]}}),
        ("/v1/proposals", {"act": "seal.grant", "payload": {**GRANT, "x" * 10_000: 1}}),
        (
            "/v1/proposals",
            {"act": "seal.grant", "payload": {**GRANT, "valid_from": "0001-01-01T00:00+14:00"}},
        ),
        ("/v1/proposals/1/approve", {"payload_sm3": "00" * 32, "by": SECURITY}),
        ("/v1/proposals/1/approve", {"payload_sm3": "zz" * 32}),
        ("/v1/proposals/0/approve", {"payload_sm3": "00" * 32}),
        (f"/v1/proposals/{2**31}/approve", {"payload_sm3": "00" * 32}),
        ("/v1/proposals/1/reject", {"reason": ""}),
        ("/v1/proposals/1/reject", {"reason": "\u0000"}),
        ("/v1/seals", {"alias": "Bad Alias", "name": "示例"}),
        ("/v1/seals", {"alias": "third", "name": "示例\n二"}),
        ("/v1/seals", {"alias": "third", "name": "示例", "state": "ACTIVE"}),
        ("/v1/seals/authority/suspend", {"reason": "核查", "by": SECURITY}),
        ("/v1/seals/../suspend", REASON),
    ],
)
def test_what_is_not_of_its_form_is_told_and_does_nothing(office, path, body):
    before = len(office.get(AUDIT, "/v1/proposals").json())
    text = json.dumps(body)
    headers = {**office.auth(SYSTEM), "Content-Type": "application/json"}
    answer = office.world.http.post(path, content=text, headers=headers)
    assert answer.status_code in (404, 405, 422), answer.text
    assert len(answer.content) < 2_000
    assert len(office.get(AUDIT, "/v1/proposals").json()) == before


def test_a_body_that_means_two_things_is_not_read(office):
    headers = {**office.auth(SECURITY), "Content-Type": "application/json"}
    for text in ('{"reason": "a", "reason": "b"}', '{"reason": NaN}', '{"reason": "a"'):
        answer = office.world.http.post("/v1/proposals/1/reject", content=text, headers=headers)
        assert told(answer)[0] in {400, 422}


def test_a_proposal_may_hold_a_picture_and_not_more(office):
    services = office.world.services
    assert services.settings.body_bytes < 2_000_000
    payload = {**making(office, "authority"), "picture": "A" * 1_900_000}
    answer = office.post(SYSTEM, "/v1/proposals", {"act": "seal.make", "payload": payload})
    assert told(answer) == (409, "illegal-transition")
    payload["picture"] = "A" * 2_100_000
    answer = office.post(SYSTEM, "/v1/proposals", {"act": "seal.make", "payload": payload})
    assert told(answer) == (413, "body-too-large")
    answer = office.post(SYSTEM, "/v1/seals", {"alias": "a", "name": "示" * 1_000_000})
    assert told(answer) == (413, "body-too-large")
