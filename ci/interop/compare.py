#!/usr/bin/env python3
"""Holds a record against a list of expected verdicts: compare.py RECORD EXPECTED

A line of the list is `VERDICT RULE  why`, where VERDICT is failed, warned or not-testable, and RULE may name the one MCP
revision it is about (`RS-05@2026-07-28`; without, every revision); or `passed N`: at least so many rules passed.
`sometimes` before it: the verdict depends on timing and may stay away. Lines of `#` are comments. What the record has
and the list has not is news, and the other way round; an errored check is never expected. Exit code 0: the same, 1:
not, 2: cannot tell.
"""

import json
import sys
from pathlib import Path

COMPARED = ("failed", "warned", "not-testable")
COUNTED = ("failed", "errored", "not_testable", "warned", "passed", "info", "skipped")


class Expected:
    """One list: the reasons by (verdict, rule, revision or ''), those that vary, and the least number of rules passed."""

    def __init__(self, path):
        self.reasons, self.varying, self.least = {}, set(), 1
        for number, line in enumerate(path.read_text().splitlines(), 1):
            words = line.removeprefix("sometimes ").split(maxsplit=2)
            if not words or words[0].startswith("#"):
                continue
            if words[0] == "passed" and len(words) == 2:
                self.least = int(words[1])
            elif words[0] in COMPARED and len(words) == 3:
                rule, _, revision = words[1].partition("@")
                self.reasons[words[0], rule, revision] = words[2]
                if line.startswith("sometimes "):
                    self.varying.add((words[0], rule, revision))
            else:
                sys.exit(f"{path}:{number}: write `VERDICT RULE  why` with {', '.join(COMPARED)}, or `passed N`")

    def covering(self, verdict, rule, revision):
        """The line that speaks of this verdict, if one does."""
        for line in ((verdict, rule, revision), (verdict, rule, "")):
            if line in self.reasons:
                return line
        return None


def revision_of(check):
    """The revision a check ran in; empty where its scenario depends on none."""
    return check.get("revision") or ""


def differences(record, expected):
    """What is not as expected, as sentences."""
    seen, used, news = {}, set(), {}
    for check in record["checks"]:
        seen.setdefault((check["verdict"], check["rule"], revision_of(check)), []).append(check)
    if not record.get("complete", True):
        yield "the run was cut short"
    for (verdict, rule, revision), checks in sorted(seen.items()):
        if verdict not in (*COMPARED, "errored"):
            continue
        line = expected.covering(verdict, rule, revision)
        if line and verdict != "errored":
            used.add(line)
        else:
            news.setdefault((verdict, rule), []).append((revision, checks))
    for (verdict, rule), found in news.items():
        where = ", ".join(revision for revision, _ in found if revision)
        yield f"unexpected: {verdict} {rule}{' in ' if where else ''}{where}"
        # Those of one revision say what the others would say again.
        for check in found[-1][1][:5]:
            case = f"#{check['case']}" if check["case"] else ""
            yield f"    {check['scenario']}{case}:{check['id']}: {check['message']}"
        yield f"    {found[-1][1][0]['repeat']}"
    for verdict, rule, revision in sorted(set(expected.reasons) - used - expected.varying):
        where = f"@{revision}" if revision else ""
        yield f"no longer: {verdict} {rule}{where} ({expected.reasons[verdict, rule, revision]})"
    passed = {rule for verdict, rule, _ in seen if verdict == "passed"}
    if len(passed) < expected.least:
        yield f"only {len(passed)} rules have a passed check, at least {expected.least} should"


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    record_path, expected_path = map(Path, sys.argv[1:])
    try:
        record = json.loads(record_path.read_text())
        expected = Expected(expected_path)
    except (OSError, ValueError) as problem:
        print(f"{expected_path.stem}: {problem}", file=sys.stderr)
        return 2
    news = list(differences(record, expected))
    counts = ", ".join(f"{record['summary'][name]} {name}" for name in COUNTED if record["summary"][name])
    print(f"{expected_path.stem}: {counts}: {'as expected' if not news else 'not as expected'}")
    for line in news:
        print(f"  {line}")
    return 1 if news else 0


if __name__ == "__main__":
    sys.exit(main())
