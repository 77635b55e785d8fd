#!/usr/bin/env python3
"""`hallmark load` beside other load generators: the same calls, the same server, in turns.

    benches/run.sh                    what can be installed, then three rounds
    benches/run.sh --rounds 5         more of them
    benches/run.sh --smoke            half a minute, for CI: every tool that is there ran, and the table is whole
    benches/run.sh --out DIR          where load.json and load.md go (default: hallmark-bench)
    benches/run.sh --only closed …    closed-32 closed-256 mock-32 open stall start

Each round runs every tool once in each test, one after the other, so that what else the machine does falls on all of
them. A ratio is the median over rounds of tool / wrk of the same round. The server is on core 0, the client on core 1.
CPU is the child's own (rusage), memory its VmHWM, and what was sent is counted at the server.
"""

import argparse
import json
import os
import pathlib
import platform
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import measure
import table
from server import arrivals, build, mock, recorded, replay
from tools import ALL, Hallmark, HallmarkPaced

ROOT = pathlib.Path(__file__).resolve().parent.parent
SERVER_CORE, CLIENT_CORE = 0, 1
CLOSED = {"closed-32": 32, "closed-256": 256, "mock-32": 32}
CONNECTIONS = 32


class Bench:
    def __init__(self, args, folder):
        self.args, self.folder = args, folder
        self.hallmark = args.hallmark
        self.call, text, answer, self.token = recorded(self.hallmark, folder)
        self.answer_bytes = len(answer[2])
        self.program = build(folder, text)
        homes = [args.home]
        found = {kind: (self.hallmark if issubclass(kind, Hallmark) else kind.find(homes)) for kind in ALL}
        self.tools = [kind(at, folder, self.call) for kind, at in found.items() if at]
        self.absent = [kind.name for kind, at in found.items() if not at]
        self.rows = []

    def server(self, test):
        if test.startswith("mock"):
            return mock(self.hallmark, SERVER_CORE, self.folder)
        return replay(self.program, SERVER_CORE, self.folder, self.token)

    def once(self, test, tool, round_):
        """One tool in one test; None where it has no such mode."""
        if isinstance(tool, HallmarkPaced) and test.startswith("mock"):
            return None
        server = self.server(test)
        try:
            row = {"test": test, "tool": tool.name, "round": round_}
            args = self.args
            if test in CLOSED:
                seconds = args.closed
                command = tool.closed(server, CLOSED[test], seconds)
            else:
                seconds = args.stalled if test == "stall" else args.open
                command = tool.open(server, args.rate, CONNECTIONS, seconds)
            if not command:
                return None
            paced = test not in CLOSED
            if paced:
                row["fifo"] = measure.realtime(server.process.pid)
            if test == "stall":
                self.stall(server, seconds)
            ran = measure.run(command, CLIENT_CORE, seconds, fifo=paced)
        finally:
            server.end()
        if test == "stall":
            # A tool that ended before the stall did has other troubles.
            row["stalled_s"] = getattr(server, "stalled", self.args.stall)
        row.update(code=ran.code, cpu_s=ran.cpu, peak_mib=ran.peak_kib / 1024, seconds=ran.seconds, client_core_busy=ran.core_busy)
        try:
            row.update(tool.read(ran))
        except (AttributeError, KeyError, ValueError, OSError, IndexError, StopIteration) as error:
            row.update(wrong=f"{type(error).__name__}: {error}", said=ran.out[-600:])
        self.at_server(row, server, test)
        self.rows.append(row)
        return row

    def stall(self, server, seconds):
        """A second without answers, at seven tenths of the run."""
        server.stall(seconds * 0.7, self.args.stall)

    def at_server(self, row, server, test):
        """What the server saw is what counts; the mock does not keep all of it."""
        if test.startswith("mock"):
            row["count"] = row.get("requests", 0)
        else:
            came = arrivals(server)
            row["count"] = len(came)
            if test == "open":
                row["pace"] = measure.pace(came, self.args.rate)
        if row["count"]:
            row["cpu_us"] = row["cpu_s"] / row["count"] * 1e6
            row["per_second"] = row["count"] / self.args.closed if test in CLOSED else None

    def started(self, tool, round_):
        """From the start of the process to its first bytes at a server."""
        if isinstance(tool, HallmarkPaced):
            return
        listener = socket.create_server(("127.0.0.1", 0))

        class Nowhere:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
            token = self.token

        command = tool.closed(Nowhere, 1, 1) or tool.open(Nowhere, 10, 1, 1)
        took = measure.first_byte(command, CLIENT_CORE, listener)
        listener.close()
        self.rows.append({"test": "start", "tool": tool.name, "round": round_, "ms": took and took * 1e3})

    def go(self):
        for round_ in range(1, self.args.rounds + 1):
            for test in self.args.only:
                # Every round begins with another tool, so that none is always the first after a pause.
                turn = (round_ - 1) % len(self.tools)
                for tool in self.tools[turn:] + self.tools[:turn]:
                    begin = time.monotonic()
                    if test == "start":
                        self.started(tool, round_)
                        continue
                    row = self.once(test, tool, round_)
                    if row:
                        print(f"round {round_} {test} {tool.name}: {table.line(row)} ({time.monotonic() - begin:.0f} s)", file=sys.stderr, flush=True)


def version(tool):
    """Its own words; the first number in them."""
    asked = {"wrk": "-v", "wrk with Lua": "-v", "hey": None}.get(tool.name, "--version")
    if tool.name == "hey":
        done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "hey"], capture_output=True, text=True) if shutil.which("dpkg-query") else None
        return (done.stdout.split("-")[0] if done and done.returncode == 0 else "") or "unknown"
    done = subprocess.run([tool.at, asked], capture_output=True, text=True)
    found = re.search(r"\d+\.\d+(\.\d+)?", done.stdout + done.stderr)
    return found[0] if found else "unknown"


def about(bench, before):
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.release().split('-')[0]}, {platform.machine()}",
        "load_before": before,
        "load_after": os.getloadavg(),
        "rounds": bench.args.rounds,
        "seconds": {"closed": bench.args.closed, "open": bench.args.open, "stall": bench.args.stalled},
        "rate": bench.args.rate,
        "stall_s": bench.args.stall,
        "connections": CONNECTIONS,
        "request_bytes": len(bench.call.body),
        "answer_bytes": bench.answer_bytes,
        "tools": {tool.name: {"version": version(tool), "checks": tool.checks} for tool in bench.tools},
        "absent": bench.absent,
    }


def whole(bench):
    """What a smoke run asks for: all ran, all said what they are asked, and no test is empty."""
    wrong = []
    for row in bench.rows:
        name = f"{row['test']} {row['tool']}"
        if row["test"] == "start":
            if not row["ms"]:
                wrong.append(f"{name}: nothing came")
            continue
        if row.get("wrong"):
            wrong.append(f"{name}: its words could not be read: {row['wrong']}\n{row['said']}")
        elif not row["count"] or row.get("errors", 0) > 0.01 * row["count"] and row["test"] != "stall":
            wrong.append(f"{name}: {row['count']} calls, {row.get('errors')} errors")
        # Hallmark ends with 4 where its own figures are not to be trusted, Locust with 1 where a call failed.
        elif row["code"] not in ((0, 4) if row["tool"].startswith("hallmark") else (0, 1) if row["tool"] == "locust" else (0,)):
            wrong.append(f"{name}: exit code {row['code']}")
    for test in bench.args.only:
        if not any(row["test"] == test for row in bench.rows):
            wrong.append(f"{test}: nothing ran")
    return wrong


def arguments():
    parser = argparse.ArgumentParser(description="hallmark load beside other load generators")
    tests = [*CLOSED, "open", "stall", "start"]
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--closed", type=int, default=3, metavar="SECONDS")
    parser.add_argument("--open", type=int, default=5, metavar="SECONDS")
    parser.add_argument("--stalled", type=int, default=20, metavar="SECONDS")
    parser.add_argument("--stall", type=float, default=1.0, metavar="SECONDS")
    parser.add_argument("--rate", type=int, default=2000)
    parser.add_argument("--only", nargs="+", choices=tests, default=tests)
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "hallmark-bench")
    parser.add_argument("--home", type=pathlib.Path, default=ROOT / ".targets" / "bench")
    args = parser.parse_args()
    args.hallmark = os.environ.get("HALLMARK", str(ROOT / "target" / "release" / "hallmark"))
    if args.smoke:
        args.rounds, args.closed, args.open, args.stalled, args.stall, args.rate = 1, 1, 1, 2, 0.1, 500
        args.only = [test for test in args.only if test != "closed-256"]
    return args


def main():
    args = arguments()
    if os.cpu_count() < 2:
        raise SystemExit("bench: one core for the server and one for the client are needed")
    before = os.getloadavg()
    with tempfile.TemporaryDirectory(prefix="hallmark-bench-") as folder:
        bench = Bench(args, pathlib.Path(folder))
        # What runs the tools keeps off the client's core.
        os.sched_setaffinity(0, {SERVER_CORE})
        bench.go()
        known = about(bench, before)
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "load.json").write_text(json.dumps({"about": known, "rows": bench.rows}, indent=1) + "\n")
    text = table.markdown(known, bench.rows)
    (args.out / "load.md").write_text(text)
    print(text)
    wrong = whole(bench)
    for one in wrong:
        print(f"bench: {one}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
