#!/usr/bin/env python3
"""Holds a record against a list of expected verdicts: compare.py RECORD EXPECTED

A line of the list is `VERDICT RULE  why`, where VERDICT is failed, warned or not-testable, or `passed N`: at least so
many rules passed. `sometimes` before it: the verdict depends on timing and may stay away. Lines of `#` are comments. What the record has and the list has not is news, and the other way
round; an errored check is never expected. Exit code 0: the same, 1: not, 2: cannot tell.
"""

import json
import sys
from pathlib import Path

COMPARED = ("failed", "warned", "not-testable")
COUNTED = ("failed", "errored", "not_testable", "warned", "passed", "info", "skipped")


def read_expected(path):
    """The pairs (verdict, rule) with their reasons, those that vary, and the least number of rules passed."""
    pairs, sometimes, least = {}, set(), 1
    for number, line in enumerate(path.read_text().splitlines(), 1):
        varies = line.startswith("sometimes ")
        words = line.removeprefix("sometimes ").split(maxsplit=2)
        if not words or words[0].startswith("#"):
            continue
        if words[0] == "passed" and len(words) == 2:
            least = int(words[1])
        elif words[0] in COMPARED and len(words) == 3:
            pairs[words[0], words[1]] = words[2]
            if varies:
                sometimes.add((words[0], words[1]))
        else:
            sys.exit(f"{path}:{number}: write `VERDICT RULE  why` with {', '.join(COMPARED)}, or `passed N`")
    return pairs, sometimes, least


def differences(record, expected, sometimes, least):
    """What is not as expected, as sentences."""
    seen = {}
    for check in record["checks"]:
        seen.setdefault((check["verdict"], check["rule"]), []).append(check)
    if not record.get("complete", True):
        yield "the run was cut short"
    for (verdict, rule), checks in sorted(seen.items()):
        if verdict == "errored" or (verdict in COMPARED and (verdict, rule) not in expected):
            yield f"unexpected: {verdict} {rule}"
            for check in checks[:5]:
                case = f"#{check['case']}" if check["case"] else ""
                yield f"    {check['scenario']}{case}: {check['message']}"
                yield f"    {check['repeat']}"
    for verdict, rule in sorted(set(expected) - set(seen) - sometimes):
        yield f"no longer: {verdict} {rule} ({expected[verdict, rule]})"
    passed = {rule for verdict, rule in seen if verdict == "passed"}
    if len(passed) < least:
        yield f"only {len(passed)} rules have a passed check, at least {least} should"


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    record_path, expected_path = map(Path, sys.argv[1:])
    try:
        record = json.loads(record_path.read_text())
        expected, sometimes, least = read_expected(expected_path)
    except (OSError, ValueError) as problem:
        print(f"{expected_path.stem}: {problem}", file=sys.stderr)
        return 2
    news = list(differences(record, expected, sometimes, least))
    counts = ", ".join(f"{record['summary'][name]} {name}" for name in COUNTED if record["summary"][name])
    print(f"{expected_path.stem}: {counts}: {'as expected' if not news else 'not as expected'}")
    for line in news:
        print(f"  {line}")
    return 1 if news else 0


if __name__ == "__main__":
    sys.exit(main())
