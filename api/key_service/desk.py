"""The key service's desk: who asks, may they, is it fresh; then the key, and a line in the log."""

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from api.errors import KeyRequestRefused
from api.key_service.freshness import Freshness
from api.key_service.quotas import Quotas
from api.key_service.request_log import RequestLog
from api.key_service.service_file import Caller, Grant, ServiceFile
from keystore import Keyring
from keystore.errors import (
    AdapterFault,
    InvalidSignature,
    KeyNotFound,
    KeyRefused,
    KeystoreError,
    KeyUnavailable,
    MalformedRequest,
)
from keystore.remote_requests import Operation, RemoteRequest, require_signed
from keystore.sm2 import Sm2Signature
from keystore.suites import suite_of, to_spki

__all__ = ["STATUSES", "Answer", "KeyDesk"]

_LOG = logging.getLogger(__name__)

OK = 200
STATUSES: Mapping[str, int] = {
    "malformed": 400,
    "unknown-caller": 401,
    "bad-signature": 401,
    "stale": 401,
    "purpose": 403,
    "suite": 403,
    "key-refused": 403,
    "no-such-key": 404,
    "replayed": 409,
    "quota": 429,
    "key-fault": 500,
    "busy": 503,
    "just-started": 503,
    "key-away": 503,
    "log-away": 503,
}
"""Every reason to refuse; callers learn it by its status and word, and nothing more."""
_KEY_REASONS: Mapping[type[KeystoreError], str] = {
    KeyNotFound: "no-such-key",
    KeyRefused: "key-refused",
    KeyUnavailable: "key-away",
    KeystoreError: "key-fault",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back."""

    status: int
    members: Mapping[str, str]
    retry_after: int | None = None


class KeyDesk:
    """Answers requests; safe for many threads."""

    def __init__(
        self,
        service: ServiceFile,
        keyring: Keyring,
        log: RequestLog,
        freshness: Freshness,
        quotas: Quotas,
        clock: Callable[[], datetime],
    ) -> None:
        """The keyring's keys are opened when they are first asked for."""
        self._service, self._keyring, self._log = service, keyring, log
        self._freshness, self._quotas, self._clock = freshness, quotas, clock
        self._names = {one.certificate_sha256: name for name, one in service.callers.items()}

    def answer(self, certificate: bytes, body: bytes, signature: str) -> Answer:
        """Answer a request that came under a TLS certificate (DER); nothing is raised."""
        fingerprint = hashlib.sha256(certificate).hexdigest()
        line = {"certificate": fingerprint, "caller": self._names.get(fingerprint, "")}
        try:
            answer, outcome = self._answered(line, body, signature), "done"
        except KeyRequestRefused as refusal:
            outcome = refusal.reason
            answer = _refused(outcome, refusal.retry_after)
        try:
            self._log.add(self._clock(), line | {"outcome": outcome})
        except OSError:
            _LOG.error("the request log cannot be written; nothing is answered")
            return _refused("log-away", None)
        return answer

    def _answered(self, line: dict[str, str], body: bytes, signature: str) -> Answer:
        request, grant = self._admitted(line, body, signature)
        try:
            members = self._signed(request, grant)
        except KeystoreError as error:
            _LOG.warning("key %s for %s: %s", request.key, request.caller, error)
            reason = next(_KEY_REASONS[one] for one in type(error).__mro__ if one in _KEY_REASONS)
            raise KeyRequestRefused(
                reason, retry_after=getattr(error, "retry_after", None)
            ) from error
        return Answer(OK, {"nonce": request.nonce, "digest": request.digest, **members})

    def _admitted(
        self, line: dict[str, str], body: bytes, signature: str
    ) -> tuple[RemoteRequest, Grant]:
        caller = self._service.callers.get(line["caller"])
        if caller is None:
            raise KeyRequestRefused("unknown-caller")
        request = _proven(caller, body, signature)
        members = ("operation", "key", "purpose", "digest", "nonce")
        line |= {name: str(getattr(request, name)) for name in members}
        if (request.caller, request.service) != (line["caller"], self._service.name):
            raise KeyRequestRefused("unknown-caller")
        self._freshness.claim(request.caller, request.nonce, request.time)
        grant = caller.keys.get(request.key)
        if grant is None:
            raise KeyRequestRefused("no-such-key")
        if request.purpose not in grant.purposes:
            raise KeyRequestRefused("purpose")
        return request, grant

    def _signed(self, request: RemoteRequest, grant: Grant) -> dict[str, str]:
        signer = self._keyring.signer(request.key)
        if request.operation is Operation.OPEN:
            return {"public_key": to_spki(signer.public_key).hex()}
        if request.suite != suite_of(signer.public_key).name:
            raise KeyRequestRefused("suite")
        self._quotas.take(request.caller, request.key, grant)
        digest = bytes.fromhex(request.digest)
        signature = signer.key.sign_digest(digest)
        if not isinstance(signature, Sm2Signature):
            raise AdapterFault("the key answered with a signature of another kind")
        signer.public_key.verify_digest(digest, signature)
        return {"signature": signature.to_der().hex()}


def _proven(caller: Caller, body: bytes, signature: str) -> RemoteRequest:
    """Read a request only once its signature is the caller's."""
    try:
        require_signed(body, signature, caller.request_key)
        return RemoteRequest.from_bytes(body)
    except InvalidSignature as error:
        raise KeyRequestRefused("bad-signature") from error
    except MalformedRequest as error:
        raise KeyRequestRefused("malformed") from error


def _refused(reason: str, retry_after: int | None) -> Answer:
    return Answer(STATUSES[reason], {"error": reason}, retry_after)
