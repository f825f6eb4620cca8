"""Fuzz one target or all with atheris (libFuzzer): `python -m tests.fuzz.run pdf --seconds 600`.

Each target runs in a process of its own, with seeds made on the spot. A finding ends it: the
input is kept as a `crash-…`, `timeout-…` or `oom-…` file in the folder that `--keep` names.
"""

import argparse
import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(
    include=["api", "keystore", "verify"], enable_loader_override=False
):
    from tests.fuzz.targets import TARGETS, Target

SLOW_SECONDS = 10
MEMORY_MEGABYTES = 1024
MOST_BYTES = 100_000


def main() -> int:
    """Return how many targets have found something."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], help="default: all")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--keep", type=Path, default=Path("."), help="folder for what was found")
    parser.add_argument("--input", type=Path, help="run the target on this file alone")
    asked = parser.parse_args()
    if asked.input:
        TARGETS[asked.targets[0]](asked.input.read_bytes())
        return 0
    ends = [_apart(name, asked.seconds, asked.keep) for name in asked.targets or TARGETS]
    return sum(end != 0 for end in ends)


def _apart(name: str, seconds: int, keep: Path) -> int:
    sys.stdout.write(f"--- {name}\n")
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        _fuzz(TARGETS[name], seconds, keep)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _fuzz(target: Target, seconds: int, keep: Path) -> None:
    corpus = tempfile.mkdtemp(prefix="qianyin-fuzz-")
    atexit.register(shutil.rmtree, corpus)
    for number, seed in enumerate(target.seeds()):
        (Path(corpus) / str(number)).write_bytes(seed)
    options = {
        "max_total_time": seconds,
        "timeout": SLOW_SECONDS,
        "rss_limit_mb": MEMORY_MEGABYTES,
        "max_len": MOST_BYTES,
        "len_control": 0,
        "print_final_stats": 1,
        "verbosity": 0,
        "artifact_prefix": f"{keep}/",
    }
    atheris.Setup([sys.argv[0], *(f"-{k}={v}" for k, v in options.items()), corpus], target)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
