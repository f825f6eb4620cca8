"""Issue many licences through a real server and watch its memory.

    .venv/bin/python scripts/soak.py --licenses 5000

Starts `qianyin serve` on a deployment of its own in a temporary folder, sends the requests from
this process over loopback, and prints the server's resident memory as it goes.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
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


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--licenses", type=int, default=5000)
    count = parser.parse_args().licenses
    with tempfile.TemporaryDirectory(prefix="qianyin-soak-") as folder:
        secret = _prepare(Path(folder))
        with _server(Path(folder)) as server, httpx.Client(base_url=BASE, timeout=60) as client:
            readings = _soak(client, server.pid, secret, count)
    settled = readings[len(readings) // 5 :]
    print(
        json.dumps(
            {
                "licenses": count,
                "rss_mb_after_a_fifth": settled[0],
                "rss_mb_at_the_end": settled[-1],
            }
        )
    )


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


def _soak(client: httpx.Client, pid: int, secret: str, count: int) -> list[float]:
    sample = dict(Catalog.shipped().get(LICENSE_TYPE).sample)
    readings, fresh_at, start = [], 0.0, time.monotonic()
    for number in range(count):
        if time.monotonic() > fresh_at:
            client.headers["Authorization"] = f"Bearer {_token(client, secret)}"
            fresh_at = time.monotonic() + TOKEN_SECONDS
        answer = client.post(
            "/v1/licenses", json=sample, headers={"Idempotency-Key": f"soak-{number}"}
        )
        answer.raise_for_status()
        if number % max(count // 20, 1) == 0:
            readings.append(_rss_mb(pid))
            rate = (number + 1) / (time.monotonic() - start)
            print(f"{number + 1:6} licences  {readings[-1]:7.1f} MB  {rate:6.1f}/s", flush=True)
    readings.append(_rss_mb(pid))
    return readings


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
