#!/usr/bin/env python3
"""Each LOAD defect of the mock against its plan, and the healthy mock against every plan, so many times.

    ci/load_defects.py [RUNS]        (default 20; about a minute and a half each)

HALLMARK: the binary (default target/release/hallmark). A defect has to be caught by its rule in every run; the healthy
mock has to break no invariant in any. Thresholds are left aside: they are about how fast this machine is.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HALLMARK = os.environ.get("HALLMARK", str(ROOT / "target/release/hallmark"))

# Plan -> how it is run here, and the defects with their rules.
PLANS = {
    "isolation": (
        ["--rate", "300/s", "--for", "8s"],
        {"shared-context": "LOAD-01", "fail-open-under-load": "LOAD-02", "auth-db-timeout-401": "LOAD-03"},
    ),
    "revocation": (["--rate", "300/s", "--for", "14s"], {"node-local-cache": "LOAD-04"}),
    "storm": (["--for", "10s"], {"storm-500": "LOAD-05"}),
    "outage": (["--for", "12s"], {"outage-as-401": "LOAD-06"}),
    "rights": (["--rate", "300/s", "--for", "12s"], {"stale-replica": "LOAD-08"}),
}


def failed(plan, how, defect, seed):
    """Rules whose invariants or checks failed; thresholds without a rule are not among them."""
    with tempfile.TemporaryDirectory() as folder:
        command = [HALLMARK, "load", plan, *how, "--quiet", "--seed", str(seed), "--out", folder]
        if defect:
            command += ["--defect", defect]
        subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        record = json.loads(Path(folder, "record.json").read_text(encoding="utf-8"))
    return {check["rule"] for check in record["checks"] if check["verdict"] == "failed" and check["rule"]}


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    wrong = 0
    for plan, (how, defects) in PLANS.items():
        for defect, rule in [(None, None), *defects.items()]:
            seen = [failed(plan, how, defect, seed) for seed in range(1, runs + 1)]
            good = sum(rule in rules if rule else not rules for rules in seen)
            wrong += runs - good
            name = f"{defect} by {rule}" if defect else "healthy, silent"
            others = sorted(set().union(*seen) - {rule})
            print(f"{plan:<12} {name:<40} {good} of {runs}{'  also ' + ' '.join(others) if others else ''}", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
