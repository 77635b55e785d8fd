#!/usr/bin/env python3
"""Draws what the runs of run.sh found, as tables between two marks of a page: table.py [--write] PAGE OUT EXPECTED NAME…

OUT holds NAME/record.json and NAME/title.txt, EXPECTED the lists with the reasons. A line that only comes sometimes is
drawn from the list, so that the table does not depend on the moment. Without --write the page is left alone, and a
note says when its findings are not those of the runs. (Counts alone do not matter: they grow with every new rule.)
"""

import json
import sys
from pathlib import Path

from compare import Expected, revision_of

ANY = "any"
BEGIN, END = "<!-- what ci/interop/run.sh --table found: begin -->", "<!-- end -->"
WORST = ("failed", "not-testable", "warned", "passed", "info", "skipped")
SHOWN = ("failed", "not-testable", "warned")


class Run:
    """One record with its list."""

    def __init__(self, folder, lists):
        self.title = (folder / "title.txt").read_text().strip()
        self.record = json.loads((folder / "record.json").read_text())
        self.expected = Expected(lists / f"{folder.name}.txt")
        self.verdicts = {}  # rule → revision → verdicts
        for check in self.record["checks"]:
            at = self.verdicts.setdefault(check["rule"], {})
            at.setdefault(revision_of(check) or ANY, set()).add(check["verdict"])
        for verdict, rule, revision in self.expected.varying:
            for at, seen in self.verdicts.get(rule, {}).items():
                if revision in ("", at):
                    seen.add(verdict)

    def revisions(self):
        """Those something was judged in."""
        judged = {r for at in self.verdicts.values() for r, seen in at.items() if seen - {"skipped"}}
        return sorted(judged - {ANY})

    def worst(self, rule):
        """The worst verdict of a rule over all revisions."""
        seen = set().union(*self.verdicts[rule].values())
        return next(verdict for verdict in WORST if verdict in seen)

    def findings(self):
        """(rule, revision → word, reasons) of each rule that was not kept."""
        for rule, at in sorted(self.verdicts.items()):
            if self.worst(rule) not in SHOWN:
                continue
            cells = {r: next(v for v in WORST if v in seen) for r, seen in at.items()}
            reasons = []
            for verdict in SHOWN:
                for revision in sorted(at):
                    line = self.expected.covering(verdict, rule, "" if revision == ANY else revision)
                    if verdict in at[revision] and line and self.expected.reasons[line] not in reasons:
                        reasons.append(self.expected.reasons[line])
            yield rule, cells, "; ".join(reasons)


def row(cells):
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def summary(runs):
    """One line per server: how many rules came out how."""
    yield row(["server", "revisions", "rules passed", "warned", "failed", "not testable", "skipped"])
    yield "|---|---|---|---|---|---|---|"
    for run in runs:
        counts = {verdict: 0 for verdict in WORST}
        for rule in run.verdicts:
            counts[run.worst(rule)] += 1
        words = [counts["passed"] + counts["info"], *(counts[v] for v in ("warned", "failed", "not-testable", "skipped"))]
        yield row([run.title, ", ".join(run.revisions()) or "–", *map(str, words)])


def findings(runs):
    """One line per server and rule: the verdict in each revision, and why."""
    columns = sorted({r for run in runs for r in run.revisions()})
    if any(ANY in at for run in runs for at in run.verdicts.values()):
        columns.append(ANY)
    yield row(["server", "rule", *columns, "what it does"])
    yield "|---" * (len(columns) + 3) + "|"
    for run in runs:
        for rule, cells, reason in run.findings():
            yield row([run.title, rule, *(cells.get(column, "") for column in columns), reason])


def put(usage, draw, begin, heading, maker):
    """Draws by the words of the command line, and writes the drawing into the page or holds it against what stands there:
    from `heading` on, since counts grow with every new rule."""
    words = [word for word in sys.argv[1:] if word != "--write"]
    if len(words) < 4:
        print(usage, file=sys.stderr)
        return 2
    page, out, lists = map(Path, words[:3])
    drawn = draw(out, lists, words[3:])
    print(drawn)
    before, rest = page.read_text().split(begin)
    old, after = rest.split(END)
    if "--write" in sys.argv:
        page.write_text(f"{before}{begin}\n{drawn}\n{END}{after}")
        return 0
    if old[old.find(heading) :].strip() != drawn[drawn.index(heading) :].strip():
        print(f"note: {page} shows another table; {maker} --table writes it", file=sys.stderr)
    return 0


def draw(out, lists, names):
    """Both tables of the servers."""
    runs = [Run(out / name, lists) for name in names]
    return "\n".join([*summary(runs), "", *findings(runs)])


if __name__ == "__main__":
    sys.exit(put(__doc__, draw, BEGIN, "| server | rule |", "ci/interop/run.sh"))
