"""One tool, run once: what it cost and what it said."""

import os
import pathlib
import socket
import statistics
import subprocess
import threading
import time


def hwm(pid):
    """Peak resident memory in KiB of a process, or None when it is gone (proc(5), VmHWM)."""
    try:
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    except (OSError, ValueError):
        pass
    return None


def ticks():
    """Busy and all ticks of each core (proc(5), stat)."""
    cores = []
    for line in pathlib.Path("/proc/stat").read_text().splitlines():
        if line.startswith("cpu") and line[3] != " ":
            numbers = [int(n) for n in line.split()[1:]]
            cores.append((sum(numbers[:3]) + sum(numbers[5:8]), sum(numbers[:8])))
    return cores


class Ran:
    """What a run cost: CPU seconds of the child (rusage), peak memory, CPU that others used meanwhile."""

    def __init__(self, code, out, cpu, peak_kib, seconds, core_busy):
        self.code, self.out, self.cpu, self.peak_kib, self.seconds, self.core_busy = code, out, cpu, peak_kib, seconds, core_busy


def first_in_line(core):
    """The child is pinned, and goes before what else the machine does, where that is allowed."""
    os.sched_setaffinity(0, {core})
    try:
        os.setpriority(os.PRIO_PROCESS, 0, -5)
    except OSError:
        pass


def realtime(pid):
    """For what is paced: others then do not decide its pace."""
    try:
        os.sched_setscheduler(pid, os.SCHED_FIFO, os.sched_param(10))
        return True
    except OSError:
        return False


def run(command, core, seconds, fifo=False, folder=None, env=None):
    """Runs it pinned to a core; the time limit is three times what it should take, and a minute."""
    before = ticks()[core]
    start = time.monotonic()

    def prepare():
        first_in_line(core)
        if fifo:
            realtime(0)

    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, preexec_fn=prepare, cwd=folder, env=env)
    said, peak = [], [0]
    reader = threading.Thread(target=lambda: said.append(child.stdout.read()), daemon=True)
    reader.start()
    over = threading.Event()

    def watch():
        while not over.wait(0.05):
            peak[0] = max(peak[0], hwm(child.pid) or 0)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    limit = threading.Timer(3 * seconds + 60, child.kill)
    limit.start()
    _, status, usage = os.wait4(child.pid, 0)
    limit.cancel()
    over.set()
    took = time.monotonic() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    reader.join(5)
    after = ticks()[core]
    cpu = usage.ru_utime + usage.ru_stime
    return Ran(child.returncode, b"".join(said).decode(errors="replace"), cpu, peak[0], took, (after[0] - before[0]) / max(1, after[1] - before[1]))


def pace(arrivals, rate):
    """How far calls came from the comb of moments due, in microseconds, and how even the gaps were.

    The i-th of them is due at t0 + i/rate. Nothing comes early, so t0 is where one in a hundred came before it. Only
    the middle is looked at: from a sixth of the calls to nine tenths.
    """
    part = arrivals[len(arrivals) // 6 : len(arrivals) * 9 // 10]
    if len(part) < 100:
        return None
    late = [at - i * 1e6 / rate for i, at in enumerate(part)]
    zero = sorted(late)[len(late) // 100]
    far = sorted(abs(one - zero) for one in late)
    gaps = [b - a for a, b in zip(part, part[1:])]
    seconds = (part[-1] - part[0]) / 1e6
    return {
        "p50_us": far[len(far) // 2],
        "p99_us": far[len(far) * 99 // 100],
        "cov": statistics.pstdev(gaps) / statistics.mean(gaps),
        "rate_error": ((len(part) - 1) / seconds) / rate - 1,
    }


def first_byte(command, core, listener, folder=None):
    """Seconds from the start of a process to the first bytes it sends; then it is ended."""
    listener.settimeout(20)

    start = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, preexec_fn=lambda: first_in_line(core), cwd=folder)
    try:
        peer, _ = listener.accept()
        peer.settimeout(20)
        peer.recv(1)
        took = time.monotonic() - start
        peer.close()
        return took
    except (OSError, socket.timeout):
        return None
    finally:
        child.kill()
        child.wait()
