"""Keys of a signing service: opened by asking for the public half, signing digests by request."""

import secrets as randomness
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from hsm_adapters.remote.answers import public_key_in, signature_in
from hsm_adapters.remote.channels import Channels, Reply
from hsm_adapters.remote.service_file import ServiceFile
from hsm_adapters.remote.trust import tls_context
from keystore.errors import MalformedRequest, MalformedUri
from keystore.opening import call_seconds, open_key
from keystore.ports import KeyProvider, SecretSource, SigningKey
from keystore.public_keys import PublicKey
from keystore.remote_requests import Operation, RemoteRequest
from keystore.signer import Signer
from keystore.suites import Signature, require_digest, suite_of
from keystore.uri import KeyUri

__all__ = ["RemoteKey", "RemoteProvider"]

NONCE_BYTES = 16


@dataclass(frozen=True, slots=True)
class _Asking:
    """Who asks whom for which key; makes requests, signs them and sends them."""

    service: ServiceFile
    key: str
    purpose: str
    channels: Channels = field(repr=False)
    caller: Signer = field(repr=False)

    def ask(self, operation: Operation, **what: str) -> tuple[Reply, RemoteRequest]:
        request = RemoteRequest(
            operation=operation,
            service=self.service.name,
            caller=self.service.caller,
            key=self.key,
            purpose=self.purpose,
            nonce=randomness.token_hex(NONCE_BYTES),
            time=datetime.now(UTC),
            **what,
        )
        return self.channels.ask(*request.signed(self.caller)), request


@dataclass(frozen=True, slots=True)
class RemoteKey(SigningKey):
    """A key that lives in the service."""

    public: PublicKey
    _asking: _Asking = field(repr=False)

    @property
    def public_key(self) -> PublicKey:
        """The key's public half, as it was when the key was opened."""
        return self.public

    def sign_digest(self, digest: bytes) -> Signature:
        """Have a digest signed; see the port for what is raised."""
        suite, value = suite_of(self.public).name, require_digest(digest).hex()
        return signature_in(*self._asking.ask(Operation.SIGN, suite=suite, digest=value))


class RemoteProvider(KeyProvider):
    """Opens `remote:` keys."""

    @contextmanager
    def open(self, uri: KeyUri, secrets: SecretSource) -> Iterator[SigningKey]:
        """Read the service file, open the key that signs requests, and ask for the key."""
        service = ServiceFile.read(Path(uri.require("service")))
        key, purpose = uri.require("key"), uri.require("purpose")
        context = tls_context(service, uri, secrets)
        with (
            _request_key(service, secrets) as caller,
            closing(Channels(service, context, call_seconds(uri))) as channels,
        ):
            asking = _Asking(service, key, purpose, channels, caller)
            try:
                public = public_key_in(*asking.ask(Operation.OPEN))
            except MalformedRequest as error:
                raise MalformedUri(f"{error}: {uri} or its service file") from error
            suite_of(public)
            yield RemoteKey(public, asking)


@contextmanager
def _request_key(service: ServiceFile, secrets: SecretSource) -> Iterator[Signer]:
    if service.request_key.scheme == "remote":
        raise MalformedUri("the key that signs requests is not itself a remote one")
    with open_key(service.request_key, secrets) as key:
        yield Signer.of(key)
