"""The service as it is really run: processes of its own, started and stopped by signals."""

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

pytestmark = pytest.mark.slow

RUN = """
from pathlib import Path
from api.serving import run
from api.settings import Settings
import sys
settings = Settings(data_dir=Path(sys.argv[1]), metrics_port=int(sys.argv[3]), examiners=1,
                    http_workers=int(sys.argv[4]))
run(settings, host="127.0.0.1", port=int(sys.argv[2]))
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def get(port, path):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError:
        return None, b""


def wait_for(port, path):
    """Ask until there is an answer: on a busy machine a start takes its time."""
    until = time.monotonic() + 90
    while True:
        answer = get(port, path)
        if answer[0] == 200 or time.monotonic() > until:
            return answer
        time.sleep(0.1)


@pytest.mark.parametrize("workers", [1, 2])
def test_the_service_starts_answers_counts_and_stops_without_leaving_anything(settings, workers):
    port, metrics = free_port(), free_port()
    arguments = [str(settings.data_dir), str(port), str(metrics), str(workers)]
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, *arguments], stderr=subprocess.PIPE, text=True
    )
    try:
        status, ready = wait_for(port, "/readyz")
        assert (status, json.loads(ready)["status"]) == (200, "ok")
        for number in range(workers):
            status, text = wait_for(metrics + number, "/metrics")
            assert (status, b"qianyin_requests" in text) == (200, True)
        assert get(port, "/metrics")[0] == 404
    finally:
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=30)
    lines = [json.loads(line) for line in log.splitlines()]
    assert any(line["logger"] == "api.access" and line["request_id"] for line in lines)
    assert get(port, "/healthz")[0] is None
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=False)
    assert str(settings.data_dir) not in listed.stdout
