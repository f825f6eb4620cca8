import multiprocessing
import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keystore import sm3
from licenses.errors import RegisterUnavailable, StoredFileDamaged
from licenses.storage import FileStore, FolderStore


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "files"


@pytest.fixture
def store(folder) -> FileStore:
    return FolderStore(folder)


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def kept(store: FileStore, content: bytes) -> str:
    digest = sm3(content).hex()
    store.put(content, digest)
    return digest


def path_of(folder: Path, digest: str) -> Path:
    return folder / digest[:2] / digest[2:]


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=5_000))
def test_what_was_put_comes_back_under_its_sm3(store, content):
    digest = kept(store, content)
    assert store.get(digest) == content


def test_putting_the_same_bytes_again_keeps_one_file(store, folder):
    assert kept(store, b"licence") == kept(store, b"licence")
    assert len(files(folder)) == 1


def test_two_stores_may_share_a_folder(store, folder):
    digest = kept(FolderStore(folder), b"licence")
    assert store.get(digest) == b"licence"


def test_a_changed_file_is_never_given_out(store, folder):
    digest = kept(store, b"licence")
    path_of(folder, digest).write_bytes(b"forgery")
    with pytest.raises(StoredFileDamaged, match="changed"):
        store.get(digest)


def test_a_torn_file_is_mended_by_putting_it_again(store, folder):
    digest = kept(store, b"licence")
    path_of(folder, digest).write_bytes(b"")
    with pytest.raises(StoredFileDamaged):
        store.get(digest)
    kept(store, b"licence")
    assert store.get(digest) == b"licence"


def test_a_missing_file_is_damage(store):
    with pytest.raises(StoredFileDamaged, match="missing"):
        store.get(sm3(b"never stored").hex())


@pytest.mark.parametrize(
    "digest",
    [
        "",
        "../../etc/passwd",
        "../" * 21 + "a",
        "AB" * 32,
        "ab" * 31,
        "ab" * 33,
        "ab" * 32 + "\n",
        "ab/" + "a" * 61,
        "a\x00" * 32,
        "..",
        "/" + "a" * 63,
        "٣" * 64,
    ],
)
def test_a_name_that_is_no_digest_opens_nothing(store, digest):
    with pytest.raises(StoredFileDamaged, match="hexadecimal"):
        store.get(digest)


def test_a_full_disk_leaves_no_half_file_behind(store, folder, monkeypatch):
    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RegisterUnavailable):
        kept(store, b"licence")
    assert files(folder) == []


def test_a_folder_in_a_files_place_is_said_not_to_answer(store, folder):
    digest = sm3(b"licence").hex()
    path_of(folder, digest).mkdir()
    with pytest.raises(RegisterUnavailable):
        store.get(digest)


def _put_forever(folder: Path, first: int, started) -> None:
    store = FolderStore(folder)
    started.set()
    for n in range(first, 10**9):
        kept(store, n.to_bytes(8, "big") * 4_000)


@pytest.mark.slow
def test_a_writer_killed_at_any_moment_leaves_no_name_for_half_a_file(folder):
    spawn = multiprocessing.get_context("spawn")
    FolderStore(folder)
    for _ in range(3):
        before = len(files(folder))
        started = spawn.Event()
        writer = spawn.Process(target=_put_forever, args=(folder, before, started))
        writer.start()
        assert started.wait(30)
        while len(files(folder)) < before + 20:
            pass
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()
        for path in files(folder):
            if path.suffix != ".part":
                assert sm3(path.read_bytes()).hex() == path.parent.name + path.name
