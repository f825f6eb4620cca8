"""A file that hangs, kills or bloats its examiner hurts nobody but itself."""

import os
import signal
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from api.errors import ExaminationUnavailable, Overloaded
from api.examination import confinement
from api.examination.confinement import ProcessLimits, Wall
from api.examination.frames import ConversationEnded, Frame, receive_frame, send_frame
from api.examination.pool import End, ExaminationPool, PoolRules
from api.examination.worker import epitaph, serve
from api.examination.zygote import Zygote, load_examiner

FAKES = Path(__file__).parents[2] / "fakes"
LIMITS = ProcessLimits(memory_bytes=200 * 1024 * 1024, cpu_seconds=5, open_files=16)


def rules(**changes):
    settings = {
        "processes": 1,
        "waiting": 1,
        "queue_seconds": 5.0,
        "job_seconds": 2.0,
        "jobs_per_process": 100,
        "limits": LIMITS,
    }
    return PoolRules(**{**settings, **changes})


@pytest.fixture(autouse=True)
def _fakes_can_be_imported(monkeypatch):
    monkeypatch.syspath_prepend(str(FAKES))


@pytest.fixture
def pool_of():
    pools = []

    def start(factory="fake_examiners:build", options=None, **changes):
        pool = ExaminationPool(factory, options or {}, rules(**changes))
        pools.append(pool)
        pool.start()
        return pool

    yield start
    for pool in pools:
        pool.close()


def job(verb="fine", blob=b"", **header):
    return Frame({"op": verb, **header}, blob)


def pid_of(findings):
    return findings.frames[0].header["pid"]


def gone(pid):
    for _ in range(300):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.01)
    return False


def test_a_job_is_done_in_another_process_and_its_findings_come_back(pool_of):
    pool = pool_of(options={"policy": "strict"})
    findings = pool.run(job(blob=b"abc" * 500_000))
    assert findings.end is End.DONE
    assert findings.frames[0].blob == b"cba" * 500_000
    assert findings.frames[0].header["policy"] == "strict"
    assert pid_of(findings) != os.getpid()


def test_a_process_is_used_again_up_to_its_number_of_jobs(pool_of):
    pool = pool_of(jobs_per_process=2)
    first, second, third = (pid_of(pool.run(job())) for _ in range(3))
    assert first == second
    assert third != second
    assert gone(second)


@pytest.mark.parametrize(
    ("verb", "end"),
    [
        ("hang", End.TIMED_OUT),
        ("abort", End.DIED),
        ("segfault", End.DIED),
        ("raise", End.DIED),
        ("eat", End.DIED),
        ("fork bomb", End.DIED),
        ("open all", End.DIED),
        ("write", End.DIED),
    ],
)
def test_a_bad_file_ends_its_own_examination_and_the_next_one_is_served(pool_of, verb, end):
    pool = pool_of(job_seconds=0.5 if verb == "hang" else 10.0)
    findings = pool.run(job(verb))
    assert findings.end is end
    assert findings.frames[0].header["kind"] == "report", "what was found before is not lost"
    assert gone(pid_of(findings))
    assert pool.run(job()).end is End.DONE


def test_a_file_that_only_burns_the_processor_is_ended_by_the_kernel(pool_of):
    limits = ProcessLimits(memory_bytes=200 * 1024 * 1024, cpu_seconds=0, open_files=16)
    pool = pool_of(job_seconds=20.0, limits=limits)
    assert pool.run(job("spin")).end is End.DIED


def outcomes(pool, **header):
    return pool.run(Frame(header)).frames[0].header["outcomes"]


def test_an_examiner_can_do_nothing_but_read_and_answer(pool_of):
    pool = pool_of("fake_examiners:build_prober", limits=replace(LIMITS, open_files=32))
    if Wall.CALLS in pool.missing_walls or Wall.FILES in pool.missing_walls:
        pytest.skip("this kernel has no seccomp or no Landlock")
    found = outcomes(pool)
    assert set(found.values()) == {"PermissionError"}, found
    assert outcomes(pool) == found, "and it is still well"
    assert not Path("/tmp/should-not-be-written").exists()


def test_an_examiner_opens_the_modules_it_may_still_need_and_nothing_of_the_deployment(
    pool_of, tmp_path
):
    secret = tmp_path / "keys.toml"
    secret.write_text("secret")
    pool = pool_of("fake_examiners:build_reader")
    if Wall.FILES in pool.missing_walls:
        pytest.skip("this kernel has no Landlock")
    assert outcomes(pool, paths=[str(secret)]) == ["PermissionError", "done"]


def test_what_the_kernel_lacks_is_logged_and_told_and_the_rest_still_holds(pool_of, caplog):
    pool = pool_of("fake_examiners:build_on_a_weak_kernel")
    assert pool.missing_walls >= {Wall.FILES, Wall.CALLS}
    assert "this kernel lacks for examiners: calls, files" in caplog.text
    assert pool.run(job("write")).end is End.DIED
    written = Path("/tmp/should-not-be-written")
    assert not written.exists() or written.stat().st_size == 0
    written.unlink(missing_ok=True)


def test_a_process_that_cannot_confine_itself_is_an_error_and_no_second_caller(monkeypatch):
    def fail(_):
        raise OSError("too many open files")

    caller = os.getpid()
    monkeypatch.setattr(confinement, "confine", fail)
    with pytest.raises(ChildProcessError, match="cannot confine itself"):
        confinement.standing_walls(LIMITS)
    assert os.getpid() == caller


def test_an_examiner_has_no_network(pool_of):
    pool = pool_of()
    if Wall.NETWORK in pool.missing_walls and Wall.CALLS in pool.missing_walls:
        pytest.skip("this kernel does not let us leave the network")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert pool.run(job("call", port=port)).end is End.DIED


def until(holds):
    for _ in range(1000):
        if holds():
            return
        time.sleep(0.01)
    raise AssertionError("it never came true")


def test_a_full_queue_says_so_at_once(pool_of):
    pool = pool_of(waiting=1, queue_seconds=20.0, job_seconds=1.5)
    with ThreadPoolExecutor(2) as threads:
        begun = [threads.submit(pool.run, job("hang")) for _ in range(2)]
        until(lambda: pool._places._value == 0)
        with pytest.raises(Overloaded, match="the queue is full"):
            pool.run(job())
        assert {one.result().end for one in begun} == {End.TIMED_OUT}
    assert pool.run(job()).end is End.DONE


def test_whoever_waits_is_told_after_the_queues_patience(pool_of):
    pool = pool_of(waiting=1, queue_seconds=0.2, job_seconds=3.0)
    with ThreadPoolExecutor(1) as threads:
        hanging = threads.submit(pool.run, job("hang"))
        until(lambda: not pool._idle._things)
        with pytest.raises(Overloaded, match=r"all examiners are busy$"):
            pool.run(job())
        assert hanging.result().end is End.TIMED_OUT
    assert pool.run(job()).end is End.DONE


def test_many_threads_share_the_processes_and_nobody_gets_anothers_findings(pool_of):
    pool = pool_of(processes=2, waiting=30, queue_seconds=20.0)

    def ask(number):
        return pool.run(job(blob=str(number).encode())).frames[0].blob[::-1] == str(number).encode()

    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(ask, range(200)))


def test_the_death_of_the_zygote_is_mended_when_it_is_next_needed(pool_of):
    pool = pool_of(jobs_per_process=1)
    os.kill(pool._nursery._zygote.pid, signal.SIGKILL)
    assert pool.run(job()).end is End.DONE
    assert pool.run(job()).end is End.DONE


def test_a_factory_that_fails_is_unavailable_and_can_recover(pool_of, capfd):
    with pytest.raises(ExaminationUnavailable):
        pool_of(factory="fake_examiners:no_such_factory")


def test_when_no_process_can_be_started_callers_are_told_and_the_place_is_kept(pool_of):
    pool = pool_of(jobs_per_process=1)
    nursery = pool._nursery
    nursery._closed = True
    nursery._stop()
    for _ in range(3):
        findings_or_none = None
        try:
            findings_or_none = pool.run(job())
        except ExaminationUnavailable:
            continue
        assert findings_or_none.end in {End.DIED, End.DONE}
    with pytest.raises(ExaminationUnavailable):
        pool.run(job())
    nursery._closed = False
    assert pool.run(job()).end is End.DONE


def test_a_closed_pool_leaves_no_process_behind(pool_of):
    pool = pool_of(processes=2)
    pid = pid_of(pool.run(job()))
    zygote = pool._nursery._zygote.pid
    pool.close()
    assert gone(pid)
    assert gone(zygote)


def test_an_epitaph_says_where_and_never_what(pool_of):
    try:
        raise ValueError("the holder is 张三")
    except ValueError:
        header = epitaph(sys.exc_info()).header
    assert header["error"] == "ValueError"
    assert "test_examination_pool.py" in header["where"][-1]
    assert "张三" not in str(header)


def test_the_worker_answers_until_the_service_hangs_up():
    ours, theirs = socket.socketpair()

    def examiner(asked):
        yield Frame({"kind": "report"}, asked.blob)

    with ours, theirs:
        thread = threading.Thread(target=serve, args=(theirs, examiner, 10_000))
        thread.start()
        for blob in (b"1", b""):
            send_frame(ours, Frame({"op": "x"}, blob))
            assert receive_frame(ours).blob == blob
            assert receive_frame(ours).header == {"kind": "done"}
        ours.shutdown(socket.SHUT_RDWR)
        thread.join(5)
        assert not thread.is_alive()


@pytest.mark.parametrize(
    "raw",
    [
        b"\xff" * 64,
        b"\x00\x00\x00\x02\x00\x00\x00\x00[]",
        b"\x00\x00\x00\x02\x00\x00\x00\x00{]",
        b"\x00\x00\x00\x05\x00\x00\x00\x00{}",
    ],
    ids=["lengths out of bounds", "no object", "no JSON", "cut short"],
)
def test_what_a_captured_process_says_is_not_trusted_to_be_well_formed(raw):
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            theirs.sendall(raw)
        with pytest.raises(ConversationEnded):
            receive_frame(ours)


def test_a_frame_that_never_ends_is_not_waited_for():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"\x00")
        with pytest.raises(TimeoutError):
            receive_frame(ours, until=time.monotonic() + 0.05)
        with pytest.raises(TimeoutError):
            receive_frame(ours, until=time.monotonic() - 1)


def test_the_zygote_forks_kills_and_ends_its_children_with_itself():
    control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    zygote = Zygote(theirs, load_examiner("fake_examiners:build", {}), LIMITS)
    pid = os.fork()
    if pid == 0:
        control.close()
        zygote.run()
        os._exit(0)
    theirs.close()
    with control:
        children = []
        for _ in range(2):
            ours, child_end = socket.socketpair()
            with child_end:
                socket.send_fds(control, [b"spawn"], [child_end.fileno()])
            children.append((int(control.recv(64)), ours))
        control.send(b"kill %d" % children[0][0])
        assert gone(children[0][0])
        control.send(b"kill 1")
    os.waitpid(pid, 0)
    assert gone(children[1][0])
    for _, sock in children:
        sock.close()


def _word(pool):
    (frame,) = pool.run(job()).frames
    return frame.header["word"]


def test_every_process_has_rehearsed_before_its_first_file(pool_of):
    pool = pool_of("fake_examiners:Rehearsing", jobs_per_process=1)
    assert [pool.run(job()).frames[0].header["rehearsed"] for _ in range(3)] == [1, 1, 1]


def test_an_examiner_that_cannot_even_rehearse_is_unavailable(pool_of):
    with pytest.raises(ExaminationUnavailable):
        pool_of("fake_examiners:Unrehearsed")


def test_after_a_renewal_every_process_knows_what_is_on_disk(pool_of, tmp_path):
    note = tmp_path / "note"
    note.write_text("before")
    pool = pool_of("fake_examiners:Renewing", {"path": str(note)}, processes=2)
    assert [_word(pool) for _ in range(3)] == ["before"] * 3
    note.write_text("after")
    assert _word(pool) == "before"
    pool.renew()
    assert [_word(pool) for _ in range(4)] == ["after"] * 4


def test_what_cannot_be_loaded_leaves_the_examiner_as_it_is(pool_of, tmp_path):
    note = tmp_path / "note"
    note.write_text("before")
    pool = pool_of("fake_examiners:Renewing", {"path": str(note)})
    note.unlink()
    pool.renew()
    assert _word(pool) == "before"


def test_an_examiner_that_loads_nothing_is_renewed_as_well(pool_of):
    pool = pool_of()
    first = pool.run(job()).frames[0].header["pid"]
    pool.renew()
    assert pool.run(job()).frames[0].header["pid"] != first


def test_a_renewal_outlives_a_dead_zygote_and_one_never_started(pool_of):
    ExaminationPool("fake_examiners:build", {}, rules()).renew()
    pool = pool_of()
    os.kill(pool._nursery._zygote.pid, signal.SIGKILL)
    pool._nursery._zygote.wait()
    pool.renew()
    assert pool.run(job()).end is End.DONE
