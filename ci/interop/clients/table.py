#!/usr/bin/env python3
"""Draws what the runs of run.sh found, as tables between two marks of a page: table.py [--write] PAGE OUT EXPECTED NAME…

OUT holds client-NAME/record.json and title.txt, EXPECTED the lists with the reasons. First how many rules came out how, then
every rule that was judged with its worst verdict for each client, then every rule that was not kept and why. Without --write
the page is left alone, and a note says when its findings are not those of the runs.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from table import WORST, Run, put, row  # noqa: E402

BEGIN = "<!-- what ci/interop/clients/run.sh --table found: begin -->"
MARKS = {"failed": "failed", "not-testable": "not reached", "warned": "warned", "passed": "passed", "info": "did not come back", "skipped": ""}
REASONS = "| client | rule |"


def summary(runs):
    """One line per client: how many rules came out how."""
    yield row(["client", "", "rules passed", "did not come back", "warned", "failed", "not reached"])
    yield "|---|---|---|---|---|---|---|"
    for name, run in runs.items():
        counts = {verdict: 0 for verdict in WORST}
        for rule in run.verdicts:
            counts[run.worst(rule)] += 1
        words = [counts[verdict] for verdict in ("passed", "info", "warned", "failed", "not-testable")]
        yield row([f"`{name}`", run.title, *map(str, words)])


def matrix(runs):
    """One line per rule that was judged for anybody: its worst verdict for each client."""
    yield row(["rule", *(f"`{name}`" for name in runs)])
    yield "|---" * (len(runs) + 1) + "|"
    for rule in sorted({rule for run in runs.values() for rule in run.verdicts}):
        cells = [MARKS[run.worst(rule)] if rule in run.verdicts else "" for run in runs.values()]
        if any(cells):
            yield row([rule, *cells])


def findings(runs):
    """One line per client and rule that was not kept: the verdict, and what it does."""
    yield f"{REASONS} verdict | what it does |"
    yield "|---|---|---|---|"
    for name, run in runs.items():
        for rule, _, reason in run.findings():
            yield row([f"`{name}`", rule, MARKS[run.worst(rule)], reason])


def draw(out, lists, names):
    """All tables of the clients."""
    runs = {name: Run(out / f"client-{name}", lists) for name in names}
    return "\n".join([*summary(runs), "", *matrix(runs), "", *findings(runs)])


if __name__ == "__main__":
    sys.exit(put(__doc__, draw, BEGIN, REASONS, "ci/interop/clients/run.sh"))
