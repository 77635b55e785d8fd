"""Rows of peers.py as tables: medians over rounds, spread as least and most, ratios to wrk of the same round."""

import statistics

GOALS = [
    # test, tool, beside, what, at most
    ("closed-32", "hallmark", "wrk", "CPU per call, users model, 32 users", 1.1),
    ("closed-256", "hallmark", "wrk", "CPU per call, users model, 256 users", 1.7),
    ("closed-32", "hallmark at 200,000/s", "wrk", "CPU per call, every answer verified, arrivals model, 32 connections", 0.95),
    ("closed-32", "hallmark", "wrk with Lua", "CPU per call, against wrk that checks by Lua", 0.6),
    ("closed-32", "hallmark", "oha", "CPU per call, against oha", 0.5),
    ("closed-32", "hallmark", "k6", "CPU per call, against k6", 0.05),
]


def number(value):
    """Three digits that mean something."""
    if value is None:
        return "–"
    size = abs(value)
    return f"{value:,.0f}" if size >= 100 else f"{value:.1f}" if size >= 10 else f"{value:.2f}"


def line(row):
    parts = [f"{row['count']:,} calls"]
    if row.get("cpu_us") is not None:
        parts.append(f"{row['cpu_us']:.1f} us each")
    parts.append(f"{row['peak_mib']:.0f} MiB")
    if row.get("p99_ms") is not None:
        parts.append(f"p99 {number(row['p99_ms'])} ms")
    if row.get("wrong"):
        parts.append("its words could not be read")
    return ", ".join(parts)


class Values:
    def __init__(self, rows):
        self.rows = rows

    def of(self, test, tool, what):
        """By round."""
        found = {}
        for row in self.rows:
            if row["test"] == test and row["tool"] == tool:
                value = what(row)
                if value is not None:
                    found[row["round"]] = value
        return found

    def median(self, test, tool, what):
        values = list(self.of(test, tool, what).values())
        return statistics.median(values) if values else None

    def ratio(self, test, tool, beside, what):
        mine, other = self.of(test, tool, what), self.of(test, beside, what)
        ratios = [mine[round_] / other[round_] for round_ in mine if other.get(round_)]
        return (statistics.median(ratios), min(ratios), max(ratios)) if ratios else None


def spread(values):
    values = list(values)
    if not values:
        return "–"
    middle = number(statistics.median(values))
    return middle if len(values) == 1 else f"{middle} [{number(min(values))}–{number(max(values))}]"


def rendered(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def cpu(row):
    return row.get("cpu_us")


def closed(values, test, tools):
    rows = []
    for tool in tools:
        if not values.of(test, tool, cpu):
            continue
        ratio = values.ratio(test, tool, "wrk", cpu)
        rows.append([
            tool,
            spread(values.of(test, tool, cpu).values()),
            f"{ratio[0]:.2f} [{ratio[1]:.2f}–{ratio[2]:.2f}]" if ratio else "–",
            number(values.median(test, tool, lambda row: row.get("per_second"))),
            number(values.median(test, tool, lambda row: row["peak_mib"])),
        ])
    return rendered(["tool", "CPU per call, µs", "ratio to wrk", "calls/s", "peak memory, MiB"], rows)


def opened(values, tools):
    rows = []
    for tool in tools:
        if not values.of("open", tool, lambda row: row["count"]):
            continue
        pace = lambda key, scale=1: spread(v * scale for v in values.of("open", tool, lambda row: (row.get("pace") or {}).get(key)).values())
        said = lambda key: spread(values.of("open", tool, lambda row: row.get(key)).values())
        rows.append([tool, pace("p50_us"), pace("p99_us"), pace("cov"), pace("rate_error", 100), said("p50_ms"), said("p99_ms"), number(values.median("open", tool, lambda row: row["peak_mib"]))])
    return rendered(["tool", "late p50, µs", "late p99, µs", "CoV of gaps", "rate off by, %", "says p50, ms", "says p99, ms", "peak memory, MiB"], rows)


def stalled(values, tools, asked, about):
    rows = []
    for tool in tools:
        sent = values.of("stall", tool, lambda row: row["count"])
        if sent:
            said = lambda key: spread(values.of("stall", tool, lambda row: row.get(key)).values())
            true = spread(values.of("stall", tool, lambda row: truth(row, about)).values())
            rows.append([tool, said("p50_ms"), said("p99_ms"), true, spread(sent.values()), f"{asked:,}"])
    return rendered(["tool", "says p50, ms", "says p99, ms", "true p99, ms", "calls at the server", "asked"], rows)


def started(values, tools):
    rows = [[tool, spread(values.of("start", tool, lambda row: row["ms"]).values())] for tool in tools if values.of("start", tool, lambda row: row["ms"])]
    return rendered(["tool", "first bytes after, ms"], rows)


def truth(row, about):
    """True p99, in milliseconds, where those calls that fall into the stall wait evenly up to its length and the others
    not at all. What the queue takes to drain comes on top."""
    return max(0.0, row["stalled_s"] - 0.01 * about["seconds"]["stall"]) * 1e3


def paced(key):
    return lambda row: (row.get("pace") or {}).get(key)


def goals(values, about):
    """Hallmark against what it set itself: medians, with least and most."""
    rows = []

    def judge(what, goal, found, reached):
        found = list(found)
        middle = statistics.median(found) if found else None
        rows.append([what, goal, spread(found), "not measured" if middle is None else "reached" if reached(middle) else "missed"])

    for test, tool, beside, what, most in GOALS:
        mine, other = values.of(test, tool, cpu), values.of(test, beside, cpu)
        judge(what, f"≤ {most} ×", [mine[r] / other[r] for r in mine if other.get(r)], lambda ratio, most=most: ratio <= most)
    of = lambda test, what: values.of(test, "hallmark", what).values()
    judge("distance from the moment due, p50, µs", "< 60", of("open", paced("p50_us")), lambda it: it < 60)
    judge("distance from the moment due, p99, µs", "< 250", of("open", paced("p99_us")), lambda it: it < 250)
    judge("CoV of gaps", "≤ 0.2", of("open", paced("cov")), lambda it: it <= 0.2)
    judge("p99 over a stall / true p99", "0.98–1.02", of("stall", lambda row: row.get("p99_ms") and row["p99_ms"] / truth(row, about)), lambda it: abs(it - 1) <= 0.02)
    asked = about["rate"] * about["seconds"]["stall"]
    judge("calls sent over a stall", f"{asked:,}", of("stall", lambda row: row.get("requests")), lambda it: it == asked)
    judge("peak memory, 32 connections, MiB", "< 10", of("closed-32", lambda row: row["peak_mib"]), lambda it: it < 10)
    judge("start to first bytes, ms", "< 20", of("start", lambda row: row["ms"]), lambda it: it < 20)
    return rendered(["", "goal", "measured", ""], rows)


def notes(about):
    loads = [", ".join(f"{n:.1f}" for n in about[key]) for key in ("load_before", "load_after")]
    tools = ", ".join(f"{name} {known['version']}" for name, known in about["tools"].items() if name not in ("wrk with Lua", "hallmark at 200,000/s"))
    absent = ", ".join(about["absent"]) or "none"
    return (
        f"{about['date']}; {about['machine']}; {about['rounds']} rounds; load averages before and after: {loads[0]} and {loads[1]}. "
        f"A request has {about['request_bytes']:,} bytes of body, an answer {about['answer_bytes']:,}.\n\n"
        f"Tools: {tools}. Not to be had on this machine: {absent}.\n"
    )


def markdown(about, rows):
    values, tools = Values(rows), list(about["tools"])
    ran = {row["test"] for row in rows}
    seconds = about["seconds"]
    parts = [notes(about)]
    for test, title in (("closed-32", "Closed loop, 32 connections"), ("closed-256", "Closed loop, 256 connections"), ("mock-32", "Closed loop, 32 connections, the mock as the server")):
        if test in ran:
            parts += [f"## {title}\n", closed(values, test, tools)]
    if "open" in ran:
        parts += [f"## Open loop, {about['rate']:,}/s for {seconds['open']} s\n", opened(values, tools)]
    if "stall" in ran:
        asked = about["rate"] * seconds["stall"]
        parts += [f"## {about['stall_s']:g} s without answers in {seconds['stall']} s at {about['rate']:,}/s\n", stalled(values, tools, asked, about)]
    if "start" in ran:
        parts += ["## Start\n", started(values, tools)]
    parts += ["## Goals\n", goals(values, about)]
    return "\n".join(parts)
