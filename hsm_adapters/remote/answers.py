"""What a signing service answered, as our values and errors; anything else is its fault."""

import json
from typing import Any

from hsm_adapters.remote.channels import Reply
from keystore.errors import (
    AdapterFault,
    KeyBusy,
    KeyNotFound,
    KeyRefused,
    KeystoreError,
    KeyUnavailable,
)
from keystore.faults import answer_of
from keystore.public_keys import PublicKey
from keystore.remote_requests import RemoteRequest
from keystore.suites import Signature, SuiteName, from_spki, signature_from_der

__all__ = ["public_key_in", "signature_in"]

OK, NOT_FOUND, CONFLICT, TOO_MANY = 200, 404, 409, 429
DEFAULT_RETRY_SECONDS = 5
LONGEST_RETRY_SECONDS = 3600
_REFUSED = {
    401: "the service does not know us, or our clocks differ: caller, request key, NTP",
    403: "the service does not let us use this key for this purpose",
    CONFLICT: "the service had this request before",
}
_AWAY = frozenset({408, 502, 503, 504})


def public_key_in(reply: Reply, request: RemoteRequest) -> PublicKey:
    """Return the public key of the answer to `request`; raises what a refusal tells."""
    with answer_of("the service", "public key"):
        return from_spki(bytes.fromhex(_answer(reply, request, "public_key")))


def signature_in(reply: Reply, request: RemoteRequest) -> Signature:
    """Return the signature of the answer to `request`; raises what a refusal tells."""
    suite = SuiteName(request.suite)
    with answer_of("the service", "signature"):
        return signature_from_der(suite, bytes.fromhex(_answer(reply, request, "signature")))


def _answer(reply: Reply, request: RemoteRequest, name: str) -> str:
    if reply.status != OK:
        raise _refusal(reply, request)
    try:
        members: Any = json.loads(reply.body)
    except (ValueError, RecursionError) as error:
        raise AdapterFault("the service's answer is not JSON") from error
    expected = {"nonce": request.nonce, "digest": request.digest}
    if not isinstance(members, dict) or set(members) != {*expected, name}:
        raise AdapterFault("the service's answer has not the members it must have")
    if any(members[one] != value for one, value in expected.items()):
        raise AdapterFault("the service answered another request")
    if not isinstance(members[name], str):
        raise AdapterFault("the service's answer has not its form")
    return str(members[name])


def _refusal(reply: Reply, request: RemoteRequest) -> KeystoreError:
    status = reply.status
    if status == CONFLICT and reply.is_second:
        return KeyUnavailable("the connection broke; the service did answer, and will not twice")
    if status in _REFUSED:
        return KeyRefused(_REFUSED[status])
    if status == NOT_FOUND:
        return KeyNotFound(f"the service has no key '{request.key}' for us")
    if status == TOO_MANY:
        return KeyBusy("the service's quota for us is used up", retry_after=_retry_after(reply))
    if status in _AWAY:
        return KeyUnavailable(
            "the service or its device does not answer", retry_after=_retry_after(reply)
        )
    return AdapterFault(f"the service answered with status {status}")


def _retry_after(reply: Reply) -> int:
    text = (reply.retry_after or "")[:8]
    if not (text.isascii() and text.isdigit()):
        return DEFAULT_RETRY_SECONDS
    return min(max(1, int(text)), LONGEST_RETRY_SECONDS)
