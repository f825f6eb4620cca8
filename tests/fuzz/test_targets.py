"""The fuzz targets themselves: their seeds hold everywhere, and a short run finds nothing."""

import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS

SECONDS_EACH = 1
SEEDS = {name: tuple(target.seeds()) for name, target in TARGETS.items()}
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", TARGETS)
def test_every_seed_is_read(name: str) -> None:
    assert SEEDS[name]
    for seed in SEEDS[name]:
        TARGETS[name](seed)


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=50, deadline=None)
@given(data=st.binary(max_size=300))
def test_arbitrary_bytes_raise_only_our_errors(name: str, data: bytes) -> None:
    TARGETS[name](data)


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_seeds_with_something_else_in_a_place_raise_only_our_errors(
    name: str, data: st.DataObject
) -> None:
    seed = data.draw(st.sampled_from(SEEDS[name]))
    start = data.draw(st.integers(0, len(seed)))
    end = data.draw(st.integers(start, min(len(seed), start + 8)))
    TARGETS[name](seed[:start] + data.draw(st.binary(max_size=8)) + seed[end:])


@pytest.mark.slow
def test_a_short_run_of_the_fuzzer_finds_nothing(tmp_path: Path) -> None:
    if platform.machine() != "x86_64" or sys.version_info >= (3, 14):
        pytest.skip("atheris has wheels for x86-64 and Python before 3.14 only")
    command = [sys.executable, "-m", "tests.fuzz.run", "--seconds", str(SECONDS_EACH)]
    made = subprocess.run(
        [*command, "--keep", str(tmp_path)],
        cwd=ROOT,
        env={key: value for key, value in os.environ.items() if not key.startswith("COV")},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert made.returncode == 0, made.stdout[-3000:] + made.stderr[-3000:]
    runs = re.findall(r"number_of_executed_units: *(\d+)", made.stdout + made.stderr)
    assert len(runs) == len(TARGETS)
    assert not list(tmp_path.iterdir())
