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


def live():
    rules = [rule for rule in ask("rules", "--format", "json") if rule["status"] == "live"]
    text = [
        NOTE,
        "# Rules that are judged\n",
        "`hallmark rules ID` explains one: what is required, why, where it is written, how it is tested, what broken and",
        "right look like. `hallmark rules` lists the planned ones too.\n",
        "| rule | level | scenarios | defects of the mock |",
        "|---|---|---|---|",
    ]
    for rule in rules:
        level = rule["level"]
        if isinstance(level, dict):
            words = dict.fromkeys(level.values())
            level = next(iter(words)) if len(words) == 1 else ", ".join(f"{k}: {v}" for k, v in level.items())
        names = f"{rule['id']} ({', '.join(rule['aliases'])})" if rule["aliases"] else rule["id"]
        text.append(f"| {names} | {level} | {' '.join(rule['scenarios'])} | {' '.join(rule['defects'])} |")
    return "\n".join(text) + "\n"


def pages():
    scenario = "A scenario file holds these keys. `hallmark schema scenario` prints the same as JSON Schema."
    target = "`hallmark.yaml` holds these keys. `hallmark schema target` prints the same as JSON Schema."
    rules = "A file of `scenarios/rules/` holds these keys. `hallmark schema rules` prints the same as JSON Schema."
    return {
        "scenario.md": page("Scenario file", scenario, ask("schema", "scenario")),
        "target.md": page("Target file", target, ask("schema", "target")),
        "rule-file.md": page("Rule file", rules, ask("schema", "rules")),
        "baseline.md": baseline(),
        "defects.md": defects(),
        "rules.md": live(),
    }


def main():
    stale = []
    for name, text in pages().items():
        path = PAGES / name
        if "--check" not in sys.argv:
            PAGES.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(str(path.relative_to(ROOT)))
    for path in stale:
        print(f"{path} is out of date: run docs/reference.py", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
