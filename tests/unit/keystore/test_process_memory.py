"""No core, no looking: tried in processes of their own, for there is no way back."""

import ctypes
import subprocess
import sys

import pytest

from keystore import process_memory

DYING = """
import os, resource
from keystore.process_memory import {how}
resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
{how}()
import ctypes
print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), flush=True)
os.abort()
"""


@pytest.mark.parametrize(("how", "dumpable"), [("forbid_cores", "1"), ("guard_memory", "0")])
def test_a_crash_leaves_no_core(how, dumpable, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", DYING.format(how=how)],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == -6, done.stderr
    assert done.stdout.split(") ")[0] == "(0, 0"
    assert done.stdout.split()[-1] == dumpable
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("libc", [object(), type("Libc", (), {"prctl": lambda *_: -1})()])
def test_a_system_that_cannot_guard_memory_says_so(libc, monkeypatch, caplog):
    monkeypatch.setattr(process_memory, "forbid_cores", lambda: None)
    monkeypatch.setattr(ctypes, "CDLL", lambda _: libc)
    process_memory.guard_memory()
    assert "cannot keep other processes" in caplog.text


def test_both_are_asked_of_the_system(monkeypatch, caplog):
    asked = []
    libc = type("Libc", (), {"prctl": lambda _, *what: asked.append(what) or 0})()
    monkeypatch.setattr(ctypes, "CDLL", lambda _: libc)
    monkeypatch.setattr(process_memory.resource, "setrlimit", lambda *what: asked.append(what))
    process_memory.guard_memory()
    assert asked == [(process_memory.resource.RLIMIT_CORE, (0, 0)), (4, 0, 0, 0, 0)]
    assert caplog.text == ""
