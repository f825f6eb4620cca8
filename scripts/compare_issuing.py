"""Issue through a key file and through an SDF device in turns, and compare the times.

    .venv/bin/python -m scripts.compare_issuing --rounds 40

The device is the tests' own (gcc and libssl-dev are needed): as fast as a key file, so what is
compared is what the adapter and the process of its own cost. Prints one JSON object; a ratio is
of medians, and of issues that stood next to each other in time.
"""

import argparse
import json
import statistics
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from api.demo.deployment import make_deployment
from api.issuing_parts import issuing
from api.settings import Settings
from licenses.issuing import LicenseIssuer
from tests.fakes.moved_keys import move_key_into_device

CLIENT = "compare"
LICENSE_TYPE = "animal_clinic"
KINDS = {"soft": None, "sdf": "&isolated=no", "sdf_isolated": "&isolated=yes"}
MILLISECONDS = 1000.0


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="qianyin-compare-") as folder, ExitStack() as closing:
        issuers = {
            kind: closing.enter_context(issuing(_deployment(Path(folder) / kind, query)))
            for kind, query in KINDS.items()
        }
        for kind, issuer in issuers.items():
            _issue(issuer, f"{kind}-first")  # opens, and verifies itself in full
        times = {kind: [] for kind in KINDS}
        for number in range(rounds):
            first = number % len(KINDS)  # whoever follows whom, over all rounds alike
            for kind in (*KINDS, *KINDS)[first : first + len(KINDS)]:
                times[kind].append(_issue(issuers[kind], f"{kind}-{number}"))
    medians = {kind: statistics.median(each) for kind, each in times.items()}
    ratios = {f"{kind}_over_soft": medians[kind] / medians["soft"] for kind in KINDS}
    print(json.dumps({"rounds": rounds, "median_milliseconds": medians, **ratios}))


def _deployment(folder: Path, query: str | None) -> Settings:
    settings = Settings(data_dir=folder, self_check_one_in=1_000_000)
    make_deployment(folder, now=datetime.now(UTC), clients=(CLIENT,))
    if query is not None:
        move_key_into_device(settings, folder / "hsm", query)
    return settings


def _issue(issuer: LicenseIssuer, key: str) -> float:
    request = issuer.catalog.get(LICENSE_TYPE).sample
    begun = time.perf_counter()
    issuer.issue(request, client=CLIENT, idempotency_key=key)
    return (time.perf_counter() - begun) * MILLISECONDS


if __name__ == "__main__":
    main()
