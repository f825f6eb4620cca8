"""The issuing path: once, in order, and nothing when something is wrong."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Engine, text, update

from keystore import Signer
from keystore.errors import AdapterFault, KeyUnavailable
from keystore.ports import SigningKey
from keystore.public_keys import PublicKey
from keystore.sm2 import Sm2PublicKey, Sm2Signature
from keystore.suites import Signature
from licenses.audit import AuditAction, verify_chain
from licenses.database import read_session, write_session
from licenses.errors import (
    GrantUsedUp,
    IdempotencyConflict,
    InvalidDraft,
    NotGranted,
    RegisterUnavailable,
    SelfCheckFailed,
)
from licenses.issuing import LicenseIssuer
from licenses.issuing_path import IssuedLicense, IssuingStep
from licenses.issuing_requests import IssuingRequest, request_digest
from licenses.lifecycle import LicenseState
from licenses.seal_models import SEAL_GRANT
from licenses.self_check import SelfCheck
from licenses.turns import Turns
from signing import SealContainer
from signing.errors import SealNotInForce
from verify import DEFAULT_LIMITS, TrustAnchors, VerificationReport, verify_pdf
from verify import read_upload as read_pdf
from verify.policy import QIANYIN_DEFAULT

TYPE = "animal_clinic"


def _sample(issuer: LicenseIssuer) -> Mapping[str, Any]:
    return issuer.catalog.get(TYPE).sample


def _container(issuer: LicenseIssuer) -> SealContainer:
    container = issuer.desk.sealer.container
    assert isinstance(container, SealContainer)
    return container


def _with_container(issuer: LicenseIssuer, container: SealContainer) -> LicenseIssuer:
    sealer = replace(issuer.desk.sealer, container=container)
    return replace(issuer, desk=replace(issuer.desk, sealer=sealer))


@dataclass
class _Key:
    """A key whose answer the test decides."""

    public_key: Sm2PublicKey
    answer: Exception | Sm2Signature

    def sign_digest(self, digest: bytes) -> Sm2Signature:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def _with_key(issuer: LicenseIssuer, answer: Exception | Sm2Signature) -> LicenseIssuer:
    container = _container(issuer)
    public_key = container.signer.public_key
    signer = Signer(_Key(public_key, answer), public_key)
    return _with_container(issuer, replace(container, signer=signer))


def test_the_steps_are_taken_in_their_order(issuer: LicenseIssuer) -> None:
    seen: list[IssuingStep] = []
    replace(issuer, on_step=seen.append).issue(
        _sample(issuer), client="approvals", idempotency_key="a"
    )
    assert seen == list(IssuingStep)


def test_the_same_request_twice_gives_the_same_licence_and_file(issuer: LicenseIssuer) -> None:
    first = issuer.issue(_sample(issuer), client="approvals", idempotency_key="a")
    reordered = dict(reversed(list(_sample(issuer).items())))
    second = issuer.issue(reordered, client="approvals", idempotency_key="a")
    assert (first.created, second.created) == (True, False)
    assert first.pdf == second.pdf
    assert first.record == second.record


def test_another_body_under_the_same_key_is_refused(issuer: LicenseIssuer) -> None:
    issuer.issue(_sample(issuer), client="approvals", idempotency_key="a")
    other = {**_sample(issuer), "holder": {**_sample(issuer)["holder"], "name": "另一示例诊所"}}
    with pytest.raises(IdempotencyConflict):
        issuer.issue(other, client="approvals", idempotency_key="a")
    assert len(issuer.register.page().records) == 1


def test_the_same_key_of_another_client_is_another_request(issuer: LicenseIssuer) -> None:
    first = issuer.issue(_sample(issuer), client="approvals", idempotency_key="a")
    second = issuer.issue(_sample(issuer), client="hospital", idempotency_key="a")
    assert first.record.identifier != second.record.identifier


def test_threads_with_one_request_get_one_licence_and_use_the_key_once(
    issuer: LicenseIssuer,
) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(
            pool.map(
                lambda _: issuer.issue(_sample(issuer), client="approvals", idempotency_key="a"),
                range(8),
            )
        )
    assert len({one.pdf for one in made}) == 1
    assert sum(one.created for one in made) == 1
    actions = [one.action for one in issuer.register.history(made[0].record.identifier)]
    assert actions.count(AuditAction.INTENDED) == 1


@pytest.mark.parametrize(
    "answer",
    [KeyUnavailable("the device does not answer"), Sm2Signature(1, 1)],
    ids=["device gone", "another key's signature"],
)
def test_a_key_that_fails_issues_nothing_and_the_next_try_completes(
    issuer: LicenseIssuer, answer: Exception | Sm2Signature
) -> None:
    expected = KeyUnavailable if isinstance(answer, Exception) else AdapterFault
    with pytest.raises(expected):
        _with_key(issuer, answer).issue(_sample(issuer), client="approvals", idempotency_key="a")
    (record,) = issuer.register.page().records
    assert record.state is LicenseState.RESERVED
    assert issuer.register.abandoned(before=issuer.clock() + timedelta(minutes=1)) == ()
    assert issuer.register.history(record.identifier)[-1].action is AuditAction.FAILED

    made = issuer.issue(_sample(issuer), client="approvals", idempotency_key="a")
    assert made.created
    assert made.record.number == record.number


def test_a_seal_not_in_force_is_refused_before_the_key_is_announced(issuer: LicenseIssuer) -> None:
    seal = replace(_container(issuer).seal, valid_until=issuer.clock() - timedelta(days=1))
    broken = _with_container(issuer, replace(_container(issuer), seal=seal))
    with pytest.raises(SealNotInForce):
        broken.issue(_sample(issuer), client="approvals", idempotency_key="a")
    (record,) = issuer.register.page().records
    assert issuer.register.history(record.identifier) == ()


def test_a_request_that_does_not_fit_reserves_nothing(issuer: LicenseIssuer) -> None:
    with pytest.raises(InvalidDraft):
        issuer.issue({**_sample(issuer), "fields": {}}, client="approvals", idempotency_key="a")
    assert issuer.register.page().records == ()


def test_a_document_that_fails_our_own_check_is_never_issued(
    issuer: LicenseIssuer, pristine_deployment: object, settings: Any
) -> None:
    anchors = TrustAnchors.from_directory(settings.trust_dir)

    def too_late(data: bytes, at: datetime) -> VerificationReport:
        pdf = read_pdf(data, limits=DEFAULT_LIMITS)
        later = at + timedelta(days=40 * 365)
        return verify_pdf(pdf, anchors=anchors, policy=QIANYIN_DEFAULT, at=later)

    broken = replace(issuer, self_check=SelfCheck(verify=too_late, one_in=1))
    with pytest.raises(SelfCheckFailed):
        broken.issue(_sample(issuer), client="approvals", idempotency_key="a")
    (record,) = issuer.register.page().records
    assert record.state is LicenseState.RESERVED
    assert record.file_sm3 is None


def test_who_comes_after_another_process_gets_its_licence_and_leaves_the_key_alone(
    issuer: LicenseIssuer,
) -> None:
    other = replace(issuer, turns=Turns())  # turns are taken within one process
    won: list[IssuedLicense] = []

    def overtaken(step: IssuingStep) -> None:
        if step is IssuingStep.PREPARED:
            won.append(other.issue(_sample(issuer), client="approvals", idempotency_key="a"))

    broken = _with_key(issuer, KeyUnavailable("no key may be used here"))
    second = replace(broken, on_step=overtaken).issue(
        _sample(issuer), client="approvals", idempotency_key="a"
    )
    assert won[0].created
    assert second == replace(won[0], created=False)


def _asked(issuer: LicenseIssuer, *keys: str) -> list[IssuingRequest]:
    return [IssuingRequest(_sample(issuer), "approvals", key) for key in keys]


def _register_of(issuer: LicenseIssuer) -> Engine:
    return issuer.register._engine


def _intents(issuer: LicenseIssuer) -> int:
    records = issuer.register.page().records
    told = (one for record in records for one in issuer.register.history(record.identifier))
    return sum(one.action is AuditAction.INTENDED for one in told)


def test_requests_together_get_a_licence_each_and_go_from_step_to_step_together(
    issuer: LicenseIssuer,
) -> None:
    seen: list[IssuingStep] = []
    ends = replace(issuer, on_step=seen.append).issue_all(_asked(issuer, "a", "b", "c"))
    made = [end.answer() for end in ends]
    assert all(one.created for one in made)
    assert len({one.record.identifier for one in made}) == 3
    assert [one.record.sequence for one in made] == [1, 2, 3]
    assert seen == [step for step in IssuingStep for _ in made]
    for one in made:
        assert issuer.store.get(str(one.record.file_sm3)) == one.pdf
        again = issuer.issue(
            _sample(issuer), client="approvals", idempotency_key=one.record.idempotency_key
        )
        assert again == replace(one, created=False)
    with read_session(_register_of(issuer)) as connection:
        verify_chain(connection)


def test_each_of_several_requests_ends_by_itself(issuer: LicenseIssuer) -> None:
    before = issuer.issue(_sample(issuer), client="approvals", idempotency_key="before")
    other = {**_sample(issuer), "holder": {**_sample(issuer)["holder"], "name": "另一示例诊所"}}
    good, replayed, late = _asked(issuer, "good", "before", "late")
    company = [
        good,
        IssuingRequest({**_sample(issuer), "fields": {}}, "approvals", "unfit"),
        IssuingRequest(other, "approvals", "before"),
        IssuingRequest(_sample(issuer), "stranger", "good"),
        replayed,
        late,
    ]
    made, unfit, conflict, stranger, *rest = issuer.issue_all(company)
    assert made.answer().created
    for end, error in (
        (unfit, InvalidDraft),
        (conflict, IdempotencyConflict),
        (stranger, NotGranted),
    ):
        with pytest.raises(error):
            end.answer()
    # The first of its name was another request: this one asks by itself.
    assert [end.answer().created for end in rest] == [False, True]
    assert rest[0].answer() == replace(before, created=False)
    assert len(issuer.register.page().records) == 3
    assert _intents(issuer) == 3


def test_copies_in_one_company_get_one_licence_and_use_the_key_once(
    issuer: LicenseIssuer,
) -> None:
    made = [end.answer() for end in issuer.issue_all(_asked(issuer, "a", "b", "a", "a"))]
    assert [one.created for one in made] == [True, True, False, False]
    assert made[0].pdf == made[2].pdf == made[3].pdf
    assert _intents(issuer) == 2


def test_copies_in_one_company_ask_a_failing_key_once(issuer: LicenseIssuer) -> None:
    asked: list[bytes] = []

    class _Away:
        public_key = _container(issuer).signer.public_key

        def sign_digest(self, digest: bytes) -> Signature:
            asked.append(digest)
            raise KeyUnavailable("the device does not answer")

    signer = Signer(_Away(), _Away.public_key)
    broken = _with_container(issuer, replace(_container(issuer), signer=signer))
    ends = broken.issue_all(_asked(issuer, "a", "a", "a"))
    assert [type(end.outcome) for end in ends] == [KeyUnavailable] * 3
    assert len(asked) == 1


def test_what_was_issued_is_found_without_going_the_path(issuer: LicenseIssuer) -> None:
    (request,) = _asked(issuer, "a")
    assert issuer.find_issued(request) is None
    with pytest.raises(KeyUnavailable):
        _with_key(issuer, KeyUnavailable("away")).issue_all([request])[0].answer()
    assert issuer.find_issued(request) is None, "it is only reserved"
    made = issuer.issue_all([request])[0].answer()
    assert issuer.find_issued(request) == replace(made, created=False)
    with pytest.raises(IdempotencyConflict):
        issuer.find_issued(replace(request, body={}))


def test_nobody_asking_is_no_error(issuer: LicenseIssuer) -> None:
    assert issuer.issue_all([]) == []


@dataclass
class _KeyThatFailsOnce:
    """Signs with another key, but the second time it does not answer."""

    key: SigningKey
    asked: "count[int]" = field(default_factory=count)

    @property
    def public_key(self) -> PublicKey:
        return self.key.public_key

    def sign_digest(self, digest: bytes) -> Signature:
        if next(self.asked) == 1:
            raise KeyUnavailable("the device does not answer")
        return self.key.sign_digest(digest)


@pytest.mark.parametrize("at_once", [1, 4])
def test_a_key_that_fails_one_of_several_fails_no_other(
    issuer: LicenseIssuer, at_once: int
) -> None:
    container = _container(issuer)
    signer = replace(container.signer, key=_KeyThatFailsOnce(container.signer.key))
    broken = _with_container(issuer, replace(container, signer=signer))
    broken = replace(broken, desk=replace(broken.desk, at_once=at_once))
    ends = broken.issue_all(_asked(issuer, "a", "b", "c"))
    failed = [end for end in ends if isinstance(end.outcome, KeyUnavailable)]
    assert len(failed) == 1
    states = [one.state for one in issuer.register.page().records]
    assert sorted(states) == [LicenseState.ISSUED, LicenseState.ISSUED, LicenseState.RESERVED]
    assert issuer.register.abandoned(before=issuer.clock() + timedelta(minutes=1)) == ()
    again = [end.answer() for end in issuer.issue_all(_asked(issuer, "a", "b", "c"))]
    assert sum(one.created for one in again) == 1


def test_a_bug_met_by_one_of_several_is_told_to_that_one(issuer: LicenseIssuer) -> None:
    # A JSON body cannot hold this; a caller in Python could.
    strange = IssuingRequest({**_sample(issuer), "fields": object()}, "approvals", "strange")
    first, second, third = issuer.issue_all([*_asked(issuer, "a"), strange, *_asked(issuer, "c")])
    assert first.answer().created
    assert third.answer().created
    with pytest.raises(TypeError):
        second.answer()


@pytest.mark.parametrize("step", [IssuingStep.PREPARED, IssuingStep.STORED])
def test_a_register_that_fails_keeps_nothing_of_several_and_all_may_try_again(
    issuer: LicenseIssuer, step: IssuingStep
) -> None:
    seen: list[IssuingStep] = []

    def hide_the_trail(done: IssuingStep) -> None:
        seen.append(done)
        if seen.count(step) == 2 and done is step:
            with write_session(_register_of(issuer)) as connection:
                connection.execute(text("ALTER TABLE audit_entry RENAME TO hidden"))

    broken = replace(issuer, on_step=hide_the_trail)
    ends = broken.issue_all(_asked(issuer, "a", "b"))
    assert [type(end.outcome) for end in ends] == [RegisterUnavailable] * 2
    assert all("no such table" in str(end.outcome) for end in ends)
    assert ends[0].outcome is not ends[1].outcome, "each is raised in a thread of its own"
    assert seen[-1] is step
    with write_session(_register_of(issuer)) as connection:
        connection.execute(text("ALTER TABLE hidden RENAME TO audit_entry"))
    states = {one.state for one in issuer.register.page().records}
    assert states == {LicenseState.RESERVED}
    assert all(end.answer().created for end in issuer.issue_all(_asked(issuer, "a", "b")))


def test_a_grant_is_counted_to_its_last_use_among_several(issuer: LicenseIssuer) -> None:
    with write_session(_register_of(issuer)) as connection:
        connection.execute(update(SEAL_GRANT).values(in_all=2))
    ends = issuer.issue_all(_asked(issuer, "a", "b", "c", "d"))
    assert [isinstance(end.outcome, IssuedLicense) for end in ends] == [True, True, False, False]
    assert {type(end.outcome) for end in ends[2:]} == {GrantUsedUp}
    records = issuer.register.page().records
    refused = [one for one in records if one.state is LicenseState.RESERVED]
    assert len(refused) == 2
    for record in refused:
        (line,) = issuer.register.history(record.identifier)
        assert line.action is AuditAction.USE_REFUSED


def test_the_digest_of_a_request_ignores_the_order_of_its_keys_only() -> None:
    assert request_digest({"a": 1, "b": {"c": 2, "d": 3}}) == request_digest(
        {"b": {"d": 3, "c": 2}, "a": 1}
    )
    assert request_digest({"a": 1}) != request_digest({"a": "1"})
    assert request_digest({"a": [1, 2]}) != request_digest({"a": [2, 1]})
