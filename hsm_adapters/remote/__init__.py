"""`remote:` keys of a signing service in another zone: mutual TLS, and every request signed.

remote:service=zone/service.toml;key=seal-signer;purpose=seal?pin-source=secrets/zone.pass
remote:service=zone/service.toml;key=seal-signer;purpose=seal?pin-source=…&call-timeout=5s
"""

from hsm_adapters.remote.provider import RemoteProvider

__all__ = ["RemoteProvider"]
