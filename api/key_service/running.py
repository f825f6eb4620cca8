"""Running the key service until it is told to stop."""

import logging
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import FrameType

from api.issuing_parts import now, open_keyring
from api.key_service.desk import KeyDesk
from api.key_service.freshness import Freshness
from api.key_service.ledger import Ledger
from api.key_service.listening import KeyServer, tls_context
from api.key_service.quotas import Quotas
from api.key_service.request_log import RequestLog
from api.key_service.service_file import ServiceFile
from api.logs import start_logging
from api.secrets_at_rest import require_wrapped, secret_files, vault_of, warn_of_clear
from api.settings import Settings
from keystore.process_memory import guard_memory

__all__ = ["opened_desk", "run"]

_LOG = logging.getLogger(__name__)


def run(settings: Settings, service: ServiceFile, *, host: str, port: int) -> None:
    """Serve; raises `BadSettings`, `KeystoreError` or `OSError` where it cannot start."""
    start_logging(settings.log_level)
    guard_memory()
    signal.signal(signal.SIGTERM, _stop)
    with opened_desk(settings, service) as desk:
        context = tls_context(service, vault_of(settings))
        with KeyServer((host, port), context, desk) as server:
            _LOG.info("key service %s listens on port %d", service.name, server.server_address[1])
            try:
                server.serve_forever()
            except KeyboardInterrupt:
                _LOG.info("key service %s stops", service.name)


@contextmanager
def opened_desk(settings: Settings, service: ServiceFile) -> Iterator[KeyDesk]:
    """Open keys, log and ledger, once no secret lies in clear that may not; raises as `run`."""
    own = () if service.pin_source is None else (service.pin_source,)
    require_wrapped(settings, own)
    warn_of_clear((*secret_files(settings), *own))
    with (
        open_keyring(settings) as keyring,
        RequestLog(service.log) as log,
        Ledger(service.uses) as ledger,
    ):
        for caller in service.callers.values():
            for alias in caller.keys:
                keyring.credential(alias)  # a grant for no key is a slip of the pen
        freshness = Freshness(
            now,
            window=timedelta(seconds=service.window_seconds),
            ahead=timedelta(seconds=service.ahead_seconds),
            latest=ledger.latest,
        )
        quotas = Quotas(ledger, now, time.monotonic)
        yield KeyDesk(service, keyring, log, freshness, quotas, now)


def _stop(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt
