"""One run at a time: who is at work is named, and who is gone is followed."""

import json
import os
import subprocess
import sys
import threading
from datetime import datetime, timedelta

import psutil
import pytest

from churnrisk.delivery.lock import holder, night_lock, process_started
from churnrisk.errors import RefusedError

NOW = datetime(2025, 6, 1, 2, 30)
#: Takes the lock, says so, and holds it until its input ends.
HOLD = """
import sys
from datetime import datetime
from pathlib import Path
from churnrisk.delivery.lock import night_lock
from churnrisk.errors import RefusedError
sys.stdin.readline()
try:
    with night_lock(Path(sys.argv[1]), datetime(2025, 6, 1, 2, 30), hours=12):
        print("held", flush=True)
        sys.stdin.readline()
except RefusedError as fault:
    print(fault, flush=True)
    sys.exit(4)
"""


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "sample"


def lock_of(folder):
    return folder.with_name(".sample.lock")


def write_lock(folder, **changed):
    own = {"pid": os.getpid(), "host": os.uname().nodename, "process_started": process_started(os.getpid())}
    lock_of(folder).write_text(json.dumps({**own, "started": NOW.isoformat(), **changed}))


def start(folder):
    command = [sys.executable, "-c", HOLD, str(folder)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_the_lock_says_who_holds_it_and_goes_with_the_run(folder):
    with night_lock(folder, NOW, hours=12) as path:
        held = holder(path)
        assert (held.pid, held.host, held.started) == (os.getpid(), os.uname().nodename, "2025-06-01T02:30:00")
    assert holder(lock_of(folder)) is None
    assert not folder.exists()


def test_the_lock_goes_with_a_run_that_failed(folder):
    with pytest.raises(RuntimeError), night_lock(folder, NOW, hours=12):
        raise RuntimeError("no")
    with night_lock(folder, NOW, hours=12):
        pass


def test_a_second_run_is_refused_and_told_who_is_at_work(folder):
    expected = rf"process {os.getpid()} on {os.uname().nodename}, since 2025-06-01 02:30:00 UTC"
    with night_lock(folder, NOW, hours=12):
        with pytest.raises(RefusedError, match=expected) as fault, night_lock(folder, NOW, hours=12):
            pass
        assert fault.value.exit_code == 4
        assert holder(lock_of(folder)) is not None


def test_another_pipeline_is_not_kept_away(folder):
    with night_lock(folder, NOW, hours=12), night_lock(folder.with_name("other"), NOW, hours=12):
        pass


def test_a_lock_whose_process_is_gone_is_taken_over(folder):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    write_lock(folder, pid=gone.pid)
    with night_lock(folder, NOW, hours=12) as path:
        assert holder(path).pid == os.getpid()


def test_a_lock_whose_number_another_process_bears_now_is_taken_over(folder):
    write_lock(folder, process_started=psutil.Process().create_time() - 3600)
    with night_lock(folder, NOW, hours=12):
        pass


def test_an_old_lock_of_a_process_that_lives_is_kept(folder):
    write_lock(folder)
    with pytest.raises(RefusedError), night_lock(folder, NOW + timedelta(days=3), hours=12):
        pass


@pytest.mark.parametrize(("hours", "refused"), [(11, True), (13, False)])
def test_a_lock_of_another_machine_is_taken_over_by_age_alone(folder, hours, refused):
    write_lock(folder, host="elsewhere", pid=1)
    later = NOW + timedelta(hours=hours)
    if refused:
        with pytest.raises(RefusedError, match="process 1 on elsewhere"), night_lock(folder, later, hours=12):
            pass
    else:
        with night_lock(folder, later, hours=12):
            pass


@pytest.mark.parametrize("torn", ["", '{"pid": 1', "[]", '{"pid": 1}'])
def test_a_lock_that_was_not_written_whole_holds_nobody_off(folder, torn):
    lock_of(folder).write_text(torn)
    with night_lock(folder, NOW, hours=12):
        pass


def test_a_lock_that_was_taken_over_is_not_given_back_by_its_first_holder(folder):
    with night_lock(folder, NOW, hours=12) as path:
        write_lock(folder, host="elsewhere", pid=1)
    assert holder(path).host == "elsewhere"


def test_of_threads_that_start_at_once_one_gets_the_lock(folder):
    together, done = threading.Barrier(6), []
    all_tried = threading.Barrier(6)

    def run():
        together.wait()
        try:
            with night_lock(folder, NOW, hours=12):
                done.append("held")
                all_tried.wait()
        except RefusedError:
            done.append("refused")
            all_tried.wait()

    threads = [threading.Thread(target=run) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert sorted(done) == ["held"] + ["refused"] * 5


def test_of_processes_that_find_a_stale_lock_at_once_one_takes_over(folder):
    write_lock(folder, process_started=1.0)
    runs = [start(folder) for _ in range(4)]
    for one in runs:
        one.stdin.write("go\n")
        one.stdin.flush()
    first = [one.stdout.readline() for one in runs]
    assert sum(line == "held\n" for line in first) == 1
    winner = runs[first.index("held\n")]
    assert all(f"process {winner.pid} on" in line for line in first if line != "held\n")
    codes = [one.communicate("done\n", timeout=30) and one.returncode for one in runs]
    assert sorted(codes) == [0, 4, 4, 4]


def test_a_killed_process_leaves_a_lock_that_the_next_takes_over(folder):
    run = start(folder)
    run.stdin.write("go\n")
    run.stdin.flush()
    assert run.stdout.readline() == "held\n"
    with pytest.raises(RefusedError, match=f"process {run.pid}"), night_lock(folder, NOW, hours=12):
        pass
    run.kill()  # not waited for: a process that ended and was not collected yet is gone all the same
    psutil.wait_procs([psutil.Process(run.pid)], timeout=0.5)
    with night_lock(folder, NOW, hours=12):
        pass
    run.communicate()
