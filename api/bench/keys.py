"""How fast a key signs: several threads at once, each signature of the last round verified."""

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

from keystore import SIGNER_ID_GM
from keystore.ports import SigningKey
from keystore.signer import sign_message
from keystore.sm2 import DIGEST_BYTES
from keystore.suites import suite_of

__all__ = ["KeySpeed", "measure_key"]

MILLISECONDS = 1000.0


@dataclass(frozen=True, slots=True)
class KeySpeed:
    """What was measured; the median is of one signature, waiting for a session included."""

    suite: str
    threads: int
    signatures: int
    seconds: float
    per_second: float
    median_milliseconds: float

    def to_json(self) -> dict[str, Any]:
        """Return the members of a JSON object."""
        return asdict(self)


def measure_key(key: SigningKey, *, threads: int, seconds: float) -> KeySpeed:
    """Sign for so long; raises what the key raises, and `AdapterFault` for a wrong signature."""
    begun = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        work = [pool.submit(_sign_until, key, begun + seconds) for _ in range(threads)]
        times = sorted(one for thread in work for one in thread.result())
    elapsed = time.perf_counter() - begun
    return KeySpeed(
        suite=suite_of(key.public_key).name,
        threads=threads,
        signatures=len(times),
        seconds=elapsed,
        per_second=len(times) / elapsed,
        median_milliseconds=times[len(times) // 2] * MILLISECONDS,
    )


def _sign_until(key: SigningKey, end: float) -> list[float]:
    times: list[float] = []
    while not times or time.perf_counter() < end:
        digest, begun = secrets.token_bytes(DIGEST_BYTES), time.perf_counter()
        key.sign_digest(digest)
        times.append(time.perf_counter() - begun)
    sign_message(key, key.public_key, b"qianyin bench", signer_id=SIGNER_ID_GM)
    return times
