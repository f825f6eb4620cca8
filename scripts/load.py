"""Verify under load: twice as many clients as examiners, and what it does to latency and memory.

    .venv/bin/python -m scripts.load --seconds 60

Starts `qianyin serve` on a deployment of its own in a temporary folder and posts sealed files of
about 200 kB to it over loopback from this process; one client alone before and after gives the
unloaded median. Exits 1 unless all of the requirements hold that it prints.
"""

import argparse
import http.client
import io
import json
import os
import secrets
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pikepdf

from api.bench.contests import Ground, ground
from api.issuing_parts import issuing, now

FILE_BYTES = 200_000
UNLOADED_SECONDS = 5.0
WARM_UP_SECONDS = 3.0
START_SECONDS = 30.0
IMPATIENCE_SECONDS = 0.05
"""What a refused client waits; less than it was told, to keep up the pressure."""
MOST_TIMES_SLOWER = 5.0
MOST_GROWTH = 1.25
OK, REFUSED = 200, frozenset({429, 503})


@dataclass(slots=True)
class Tally:
    """What the clients saw."""

    served: list[float] = field(default_factory=list)
    """Seconds, of answers with 200."""
    statuses: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, status: str, seconds: float) -> None:
        """Count one answer."""
        with self.lock:
            self.statuses[status] += 1
            if status == str(OK):
                self.served.append(seconds)

    @property
    def errors(self) -> dict[str, int]:
        """All that is neither an answer nor a refusal that says when to come again."""
        fine = {str(OK), *map(str, REFUSED)}
        return {status: count for status, count in self.statuses.items() if status not in fine}


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--clients", type=int, help="default: twice the examiners")
    asked = parser.parse_args()
    with ground() as on, _server(on.settings.data_dir) as (server, port):
        body = _form(_large(on))
        clients = asked.clients or 2 * on.settings.examiners
        _post(port, body, 1, WARM_UP_SECONDS)
        _post(port, body, clients, WARM_UP_SECONDS)
        before, memory_before = _post(port, body, 1, UNLOADED_SECONDS), _memory_mb(server.pid)
        loaded, memory_after = _post(port, body, clients, asked.seconds), _memory_mb(server.pid)
        after = _post(port, body, 1, UNLOADED_SECONDS)
    found = _figures(before.served + after.served, loaded, memory_before, memory_after)
    found |= {"clients": clients, "seconds": asked.seconds, "form_bytes": len(body)}
    holds = {
        "no error": not loaded.errors,
        f"p99 <= {MOST_TIMES_SLOWER:g} x": found["p99_times_unloaded"] <= MOST_TIMES_SLOWER,
        "memory is bounded": memory_after <= MOST_GROWTH * memory_before,
    }
    print(json.dumps(found | {"holds": holds}, indent=2))
    return 0 if all(holds.values()) else 1


def _figures(
    unloaded: list[float], loaded: Tally, memory_before: float, memory_after: float
) -> dict[str, object]:
    median = statistics.median(unloaded)
    cuts = statistics.quantiles(loaded.served, n=100)
    return {
        "unloaded_median_ms": round(1000 * median, 1),
        "median_ms": round(1000 * cuts[49], 1),
        "p95_ms": round(1000 * cuts[94], 1),
        "p99_ms": round(1000 * cuts[98], 1),
        "p99_times_unloaded": round(cuts[98] / median, 2),
        "served": len(loaded.served),
        "statuses": dict(loaded.statuses),
        "memory_mb": [round(memory_before, 1), round(memory_after, 1)],
    }


def _large(on: Ground) -> bytes:
    """Seal a licence that carries a noisy picture, so that it has about `FILE_BYTES`."""
    with pikepdf.open(io.BytesIO(on.page.data)) as pdf:
        side = int(((FILE_BYTES - len(on.sealed)) / 3) ** 0.5)
        noise = pikepdf.Stream(pdf, secrets.token_bytes(3 * side * side))
        noise.update({"/Type": pikepdf.Name.XObject, "/Subtype": pikepdf.Name.Image})
        noise.update({"/Width": side, "/Height": side, "/BitsPerComponent": 8})
        noise["/ColorSpace"] = pikepdf.Name.DeviceRGB
        pdf.pages[0].add_resource(noise, pikepdf.Name.XObject)
        sink = io.BytesIO()
        pdf.save(sink)
    with issuing(on.settings) as issuer:
        sealer = issuer.desk.sealer
        prepared = sealer.prepare(replace(on.page, data=sink.getvalue()), on.place, now=now())
        return sealer.seal(prepared).data


def _form(content: bytes) -> bytes:
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
    return head + content + b"\r\n--x--\r\n"


@contextmanager
def _server(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    qianyin = Path(sys.executable).with_name("qianyin")
    # Strangers' rates are lifted: they are tested elsewhere, and here everybody is one address.
    rates = {"QIANYIN_VERIFY_BURST": "1000000", "QIANYIN_VERIFY_PER_MINUTE": "1000000"}
    environment = os.environ | rates | {"QIANYIN_METRICS_PORT": "0"}
    command = [str(qianyin), "serve", "--data", str(folder), "--port", str(port)]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
    try:
        _wait(port)
        yield server, port
    finally:
        server.terminate()
        server.wait(30)


def _wait(port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            with socket.create_connection(("127.0.0.1", port)):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")


def _post(port: int, body: bytes, clients: int, seconds: float) -> Tally:
    tally, until = Tally(), time.monotonic() + seconds
    threads = [
        threading.Thread(target=_client, args=(port, body, until, tally)) for _ in range(clients)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return tally


def _client(port: int, body: bytes, until: float, tally: Tally) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    while time.monotonic() < until:
        begun = time.perf_counter()
        try:
            answer, content = _ask(connection, body)
            seconds = time.perf_counter() - begun
            status = _status(answer, content)
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            status, seconds = type(error).__name__, time.perf_counter() - begun
        tally.add(status, seconds)
        if status != str(OK):
            time.sleep(IMPATIENCE_SECONDS)
    connection.close()


def _ask(
    connection: http.client.HTTPConnection, body: bytes
) -> tuple[http.client.HTTPResponse, bytes]:
    connection.request(
        "POST", "/v1/verify", body, {"Content-Type": "multipart/form-data; boundary=x"}
    )
    answer = connection.getresponse()
    return answer, answer.read()


def _status(answer: http.client.HTTPResponse, content: bytes) -> str:
    if answer.status == OK and json.loads(content)["indication"] != "TOTAL_PASSED":
        return "a wrong verdict"
    if answer.status in REFUSED and answer.getheader("Retry-After") is None:
        return f"{answer.status} without Retry-After"
    return str(answer.status)


def _memory_mb(pid: int) -> float:
    """Return the memory of a process and all below it, what they share counted once."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except ProcessLookupError:
        return 0.0  # an examiner that was just replaced
    own = next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    lists = Path(f"/proc/{pid}/task").glob("*/children")  # each thread has its own
    children = [int(child) for one in lists for child in one.read_text(encoding="ascii").split()]
    return own / 1024 + sum(map(_memory_mb, children))


if __name__ == "__main__":
    sys.exit(main())
