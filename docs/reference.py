#!/usr/bin/env python3
"""Writes docs/src/reference/ from what the binary says of itself.

    docs/reference.py             writes the pages anew
    docs/reference.py --check     exit code 1 if a page is out of date

HALLMARK: the binary (default: target/debug/hallmark).
"""

import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs" / "src" / "reference"
SUMMARY = ROOT / "docs" / "src" / "SUMMARY.md"
HALLMARK = os.environ.get("HALLMARK", str(ROOT / "target" / "debug" / "hallmark"))
TEXT = ["string", "number", "boolean"]
NOTE = "<!-- Written by docs/reference.py. -->\n"


def ask(*words):
    return json.loads(subprocess.run([HALLMARK, *words], check=True, capture_output=True).stdout)


def shape(schema):
    """What stands behind a key, in a few words."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{name})"
    if "enum" in schema:
        return " ".join(f"`{word}`" for word in schema["enum"])
    if "anyOf" in schema:
        parts = [shape(part) for part in schema["anyOf"]]
        if "[matcher](#matcher)" in parts and len(parts) > 3:
            return "a value or a [matcher](#matcher)"
        listed = {f"list of {part}" for part in parts}
        if len(parts) == 2 and parts[1] in listed:
            return f"{parts[0]}, or a list"
        return " or ".join(dict.fromkeys(part for part in parts if part))
    kind = schema.get("type")
    if kind == TEXT or kind == "string" and "pattern" not in schema:
        return "text"
    if kind == "array":
        return f"list of {shape(schema.get('items', {})) or 'anything'}"
    if kind == "object":
        inner = schema.get("additionalProperties")
        return f"map of {shape(inner) or 'anything'}" if isinstance(inner, dict) else "map"
    if kind == "boolean":
        return "`true` `false`"
    if kind == "integer":
        return "count"
    if kind == "number":
        return "number"
    if "pattern" in schema and "ms|s|m|h|d" in schema["pattern"]:
        return "duration"
    if "pattern" in schema:
        return f"text like `{schema['pattern']}`".replace("|", "\\|")
    return "" if not kind else str(kind)


def table(schema):
    rows = ["| key | holds | meaning |", "|---|---|---|"]
    needed = schema.get("required", [])
    for name, key in schema.get("properties", {}).items():
        mark = " (required)" if name in needed else ""
        holds = shape(key) or "anything"
        says = key.get("description", "").replace("|", "\\|")
        rows.append(f"| `{name}`{mark} | {holds} | {says} |")
    rest = schema.get("additionalProperties")
    if isinstance(rest, dict):
        rows.append(f"| any other | {shape(rest) or 'anything'} | |")
    return "\n".join(rows)


def page(title, intro, schema):
    text = [NOTE, f"# {title}\n", intro + "\n", table(schema)]
    for name, inner in schema.get("$defs", {}).items():
        text += [f"\n## {name}\n", inner.get("description", "") + "\n", table(inner)]
    return "\n".join(text) + "\n"


def baseline():
    schema = ask("schema", "baseline")
    return page("Baseline", "`hallmark-baseline.yaml` is a list of these entries.", schema.get("items", schema))


def defects():
    text = [
        NOTE,
        "# Defects and variants\n",
        "`hallmark mock --list-defects` and `--list-variants` print these lists; `--format json` gives them to programs.\n",
        "A defect makes the mock break a rule. *Catches it* names the rules that must then fail or warn, *may follow* others",
        "that may miss as a consequence. A rule in brackets is planned: no scenario judges it yet.\n",
        "| defect | what the mock does | catches it | may follow |",
        "|---|---|---|---|",
    ]
    live = {rule["id"] for rule in ask("rules", "--format", "json") if rule["status"] == "live"}
    shown = lambda ids: " ".join(rule if rule in live else f"({rule})" for rule in ids)
    for one in ask("mock", "--list-defects", "--format", "json"):
        text.append(f"| `{one['id']}` | {one['does']} | {shown(one['rules'])} | {shown(one['implied'])} |")
    text += [
        "\n## Variants\n",
        "A variant makes the mock right in an unusual way. With any of them on, nothing may fail or warn.\n",
        "| variant | what the mock does |",
        "|---|---|",
    ]
    for one in ask("mock", "--list-variants", "--format", "json"):
        text.append(f"| `{one['id']}` | {one['does']} |")
    return "\n".join(text) + "\n"


def prose(text):
    """Words of a rule as Markdown: nothing in them is markup but `code`."""
    parts = (text or "").strip().split("`")
    for place in range(0, len(parts), 2):
        for mark in "<*[":
            parts[place] = parts[place].replace(mark, {"<": "&lt;"}.get(mark, "\\" + mark))
    return "`".join(parts)


def levels(level):
    if not isinstance(level, dict):
        return level
    words = dict.fromkeys(level.values())
    return next(iter(words)) if len(words) == 1 else ", ".join(f"{word} in {revision}" for revision, word in level.items())


def statement(said):
    """The requirement; where revisions word it differently, each wording with the revision it came in."""
    if not isinstance(said, dict):
        return [prose(said) + "\n"]
    return [f"- From {revision} on: {prose(text)}" for revision, text in said.items()] + [""]


def family(rule):
    return rule["id"].rpartition("-")[0]


def live():
    rules = [rule for rule in ask("rules", "--format", "json") if rule["status"] == "live"]
    text = [
        NOTE,
        "# Rules that are judged\n",
        "A page for each family says what its rules require, why, where it is written and how it is tested. `hallmark rules",
        "ID` prints the same; `hallmark rules` lists the planned ones too.\n",
        "| rule | level | what is required |",
        "|---|---|---|",
    ]
    for rule in rules:
        page = f"rules/{family(rule).lower()}.md#{rule['id'].lower()}"
        text.append(f"| [{rule['id']}]({page}) | {levels(rule['level'])} | {prose(rule['title']).replace('|', '&#124;')} |")
    return "\n".join(text) + "\n"


def one(rule, does):
    names = f" Also called {', '.join(rule['aliases'])}." if rule["aliases"] else ""
    text = [
        f"\n## {rule['id']}\n",
        f"**{prose(rule['title'])}.** {levels(rule['level'])}; {rule['basis']}.{names}\n",
        *statement(rule["statement"]),
        "**Why.** " + prose(rule["why"]) + "\n",
        "**Where it is written.** " + prose("; ".join(rule["sources"])) + ".\n",
        "**How it is tested.** " + prose(rule["tested"]) + "\n",
        "**What to do where it is broken.** " + prose(rule["fix"]) + "\n",
        f"**Scenarios.** {', '.join(f'`{name}`' for name in rule['scenarios'])}.\n",
    ]
    if rule["params"]:
        shown = (f"`{name}: {json.dumps(value) if not isinstance(value, str) else value}`" for name, value in rule["params"].items())
        text.append(f"**Parameters.** {', '.join(shown)}.\n")
    if rule["defects"]:
        text.append("**Defects that it catches.**\n")
        text += [f"- `{name}`: {prose(does.get(name, ''))}" for name in rule["defects"]]
        text.append("")
    for kind in ("broken", "right"):
        shown = (rule["example"] or {}).get(kind)
        if shown:
            text.append(f"{kind.capitalize()}:\n\n```http\n{shown.strip()}\n```\n")
    return "\n".join(text)


def families():
    """A page per family of live rules."""
    does = {one["id"]: one["does"] for one in ask("mock", "--list-defects", "--format", "json")}
    grouped = {}
    for rule in ask("rules", "--format", "json"):
        if rule["status"] == "live":
            grouped.setdefault(family(rule), []).append(rule)
    for name, rules in grouped.items():
        words = f"{len(rules)} rules are" if len(rules) > 1 else "One rule is"
        intro = f"{words} judged. `hallmark run {name}` judges nothing else; see [Rules, levels, profiles](../../rules.md) for what the words mean."
        yield name, NOTE + f"\n# {name}\n\n{intro}\n" + "".join(one(rule, does) for rule in rules)


def summary(names):
    """The table of contents, with the families below the list of rules."""
    lines = [line for line in SUMMARY.read_text(encoding="utf-8").splitlines() if "(reference/rules/" not in line]
    place = next(place for place, line in enumerate(lines) if "(reference/rules.md)" in line)
    lines[place + 1 : place + 1] = [f"  - [{name}](reference/rules/{name.lower()}.md)" for name in names]
    return "\n".join(lines) + "\n"


def pages():
    scenario = "A scenario file holds these keys. `hallmark schema scenario` prints the same as JSON Schema."
    agent = "A check of an agent holds these keys. `hallmark schema agent` prints the same as JSON Schema."
    load = "A load plan holds these keys. `hallmark schema load` prints the same as JSON Schema."
    target = "`hallmark.yaml` holds these keys. `hallmark schema target` prints the same as JSON Schema."
    rules = "A file of `scenarios/rules/` holds these keys. `hallmark schema rules` prints the same as JSON Schema."
    return {
        "scenario.md": page("Scenario file", scenario, ask("schema", "scenario")),
        "agent.md": page("Agent file", agent, ask("schema", "agent")),
        "load.md": page("Load plan", load, ask("schema", "load")),
        "target.md": page("Target file", target, ask("schema", "target")),
        "rule-file.md": page("Rule file", rules, ask("schema", "rules")),
        "baseline.md": baseline(),
        "defects.md": defects(),
        "rules.md": live(),
        **{f"rules/{name.lower()}.md": text for name, text in families()},
    }


def main():
    stale = []
    written = {PAGES / name: text for name, text in pages().items()}
    gone = [path for path in (PAGES / "rules").glob("*.md") if path not in written]
    written[SUMMARY] = summary([name for name, _ in families()])
    for path, text in written.items():
        if "--check" not in sys.argv:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(str(path.relative_to(ROOT)))
    for path in gone:
        if "--check" not in sys.argv:
            path.unlink()
        else:
            stale.append(str(path.relative_to(ROOT)))
    for path in stale:
        print(f"{path} is out of date: run docs/reference.py", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
