"""Issue many licences through a real server and watch its memory, and how long a sender waits.

    .venv/bin/python scripts/soak.py --licenses 5000 --senders 16

Starts `qianyin serve` on a deployment of its own in a temporary folder, sends the requests from
this process over loopback, so many at a time, and prints the server's resident memory as it goes.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx

from api.demo.deployment import make_deployment
from api.settings import Settings
from licenses.catalog import Catalog
from licenses.clients import Clients
from licenses.database import open_database

PORT = 8765
BASE = f"http://127.0.0.1:{PORT}"
LICENSE_TYPE = "animal_clinic"
START_SECONDS = 30
TOKEN_SECONDS = 300
PARTS = 20


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--licenses", type=int, default=5000)
    parser.add_argument("--senders", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="qianyin-soak-") as folder:
        secret = _prepare(Path(folder))
        with (
            _server(Path(folder)) as server,
            httpx.Client(base_url=BASE, timeout=60) as client,
            ThreadPoolExecutor(asked.senders) as pool,
        ):
            found = _soak(client, server.pid, secret, asked.licenses, pool)
    print(json.dumps({"licenses": asked.licenses, "senders": asked.senders, **found}))


def _prepare(folder: Path) -> str:
    make_deployment(folder, now=datetime.now(UTC), clients=("soak",))
    engine = open_database(Settings(data_dir=folder).resolved_database_url)
    scopes = frozenset({"licenses:issue"})
    return Clients(engine).add("soak", scopes, by="soak", now=datetime.now(UTC))


@contextmanager
def _server(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    qianyin = Path(sys.executable).with_name("qianyin")
    command = [str(qianyin), "serve", "--data", str(folder), "--port", str(PORT)]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _wait()
        yield server
    finally:
        server.terminate()
        server.wait(30)


def _wait() -> None:
    for _ in range(START_SECONDS * 10):
        try:
            httpx.get(f"{BASE}/healthz").raise_for_status()
            return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")


def _soak(
    client: httpx.Client, pid: int, secret: str, count: int, pool: ThreadPoolExecutor
) -> dict[str, float]:
    sample = dict(Catalog.shipped().get(LICENSE_TYPE).sample)

    def send(number: int) -> float:
        begun = time.perf_counter()
        headers = {"Idempotency-Key": f"soak-{number}"}
        client.post("/v1/licenses", json=sample, headers=headers).raise_for_status()
        return (time.perf_counter() - begun) * 1000

    part, fresh_at, start = max(count // PARTS, 1), 0.0, time.monotonic()
    memory: list[float] = []
    took_ms: list[float] = []
    for first in range(0, count, part):
        if time.monotonic() > fresh_at:
            client.headers["Authorization"] = f"Bearer {_token(client, secret)}"
            fresh_at = time.monotonic() + TOKEN_SECONDS
        took_ms += pool.map(send, range(first, min(first + part, count)))
        memory.append(_rss_mb(pid))
        rate = len(took_ms) / (time.monotonic() - start)
        print(f"{len(took_ms):6} licences  {memory[-1]:7.1f} MB  {rate:6.1f}/s", flush=True)
    warm_ms = sorted(took_ms[part:])  # the first ones wait for the path to be opened
    return {
        "per_second": round(rate, 1),
        "median_ms": round(warm_ms[len(warm_ms) // 2], 1),
        "p99_ms": round(warm_ms[len(warm_ms) * 99 // 100], 1),
        "rss_mb_after_a_fifth": memory[len(memory) // 5],
        "rss_mb_at_the_end": memory[-1],
    }


def _token(client: httpx.Client, secret: str) -> str:
    form = {"grant_type": "client_credentials", "client_id": "soak", "client_secret": secret}
    answer = client.post("/oauth/token", data=form)
    answer.raise_for_status()
    return str(answer.json()["access_token"])


def _rss_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found is not None
    return int(found.group(1)) / 1024


if __name__ == "__main__":
    main()
