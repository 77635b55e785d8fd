#!/usr/bin/env python3
"""Holds the handbook, the README and CONTRIBUTING.md against the program.

    docs/check.py             links, table of contents, copied files, planned rules, YAML blocks, commands
    docs/check.py links …     only these parts: links files promises yaml commands
    docs/check.py --write     takes copied files over anew, and which rules are planned

Every YAML block is read by `hallmark check`, as it stands or as the part of a file it is. Every block of commands
(`sh`, or lines that begin with `$`) is run against a mock, page by page in a folder of its own; what a page shows
after a command must be in what the command said, numbers apart. `<!-- not run: why -->` above a block leaves it out,
and is counted. Where a command opens a browser, a program of this one consents at the mock. HALLMARK: the binary (default: target/debug/hallmark).
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BOOK = ROOT / "docs" / "src"
HALLMARK = os.environ.get("HALLMARK", str(ROOT / "target" / "debug" / "hallmark"))
PAGES = [*sorted(BOOK.rglob("*.md")), *(ROOT / name for name in ("docs/interop.md", "docs/interop-oauth.md", "docs/interop-clients.md", "README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "SECURITY.md"))]
wrong, counts = [], {"blocks of YAML": 0, "commands": 0, "links": 0, "copied files": 0, "not run": 0}


def said(page, line, what):
    wrong.append(f"{page.relative_to(ROOT)}:{line}: {what}")


class Block:
    def __init__(self, page, line, lang, note):
        self.page, self.line, self.lang, self.note, self.lines = page, line, lang, note, []

    @property
    def text(self):
        return "\n".join(self.lines) + "\n"


def split(page):
    """Prose lines with their numbers, and code blocks with the HTML comment before them."""
    prose, blocks, block, note = [], [], None, ""
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        fence = re.match(r"\s*```(\w*)\s*$", line)
        if block is None and fence:
            block = Block(page, number, fence[1], note)
        elif block is not None and fence and not fence[1]:
            blocks.append(block)
            block, note = None, ""
        elif block is not None:
            block.lines.append(line)
        else:
            if line.startswith("<!--"):
                note = line
            elif line.strip():
                note = ""
            prose.append((number, line))
    if block is not None:
        said(page, block.line, "the code block has no end")
    return prose, blocks


def slug(heading):
    heading = re.sub(r"`|\[|\]\([^)]*\)", "", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", heading).replace(" ", "-")


def anchors(page):
    prose, _ = split(page)
    return {slug(line.lstrip("#")) for _, line in prose if line.startswith("#")}


def links():
    known = {}
    for page in PAGES:
        prose, _ = split(page)
        for number, line in prose:
            for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", line)):
                if re.match(r"[a-z]+:", target):
                    continue
                counts["links"] += 1
                path, _, anchor = target.partition("#")
                file = (page.parent / path).resolve() if path else page
                if not file.exists():
                    said(page, number, f"there is no {target}")
                elif anchor and file.suffix == ".md":
                    if file not in known:
                        known[file] = anchors(file)
                    if anchor not in known[file]:
                        said(page, number, f"{path or 'this page'} has no heading #{anchor}")
            for target in re.findall(r"\{\{#include ([^}]+)\}\}", line):
                if not (page.parent / target).exists():
                    said(page, number, f"there is no {target} to include")
    listed = set(re.findall(r"\]\(([^)]+)\)", (BOOK / "SUMMARY.md").read_text(encoding="utf-8")))
    for page in BOOK.rglob("*.md"):
        name = page.relative_to(BOOK).as_posix()
        if name != "SUMMARY.md" and name not in listed:
            said(page, 1, "SUMMARY.md does not list it")


def files():
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for found in re.finditer(r"<!-- file: (\S+) -->\n\n```\w+\n(.*?)```\n", text, re.S):
            counts["copied files"] += 1
            real = (ROOT / found[1]).read_text(encoding="utf-8")
            if found[2] != real and "--write" in sys.argv:
                page.write_text(page.read_text(encoding="utf-8").replace(found[2], real), encoding="utf-8")
            elif found[2] != real:
                said(page, text[: found.start()].count("\n") + 1, f"is not {found[1]} any more: docs/check.py --write")


def promises():
    """Brackets in the table of promises tell the rules that are planned."""
    page = BOOK / "promises.md"
    status = {}
    for path in (ROOT / "scenarios/rules").glob("*.yaml"):
        status |= dict(re.findall(r"- id: ([A-Z]+-\d+)\n    status: (\w+)", path.read_text(encoding="utf-8")))

    def shown(found):
        if found[1] not in status:
            said(page, text[: found.start()].count("\n") + 1, f"there is no rule {found[1]}")
        return f"({found[1]})" if status.get(found[1]) == "planned" else found[1]

    text = page.read_text(encoding="utf-8")
    right = re.sub(r"\(?\b([A-Z]{2,}-\d+)\b\)?", shown, text)
    if right != text and "--write" in sys.argv:
        page.write_text(right, encoding="utf-8")
    elif right != text:
        said(page, 1, "other rules are planned by now: docs/check.py --write")


TARGET = {"target": "t", "mcp": "http://127.0.0.1:8900/mcp", "principals": '{ reader: { bearer: "${env.READER_TOKEN}" }, writer: { bearer: "${env.WRITER_TOKEN}" }, outsider: { bearer: "${env.OUTSIDER_TOKEN}" } }'}
SCENARIO = {"scenario": "A sentence", "subject": "resource-server", "steps": "[{ check: done, mcp: { probe: read }, expect: { outcome: done } }]"}


def complete(text):
    """A part of a file made whole by what a file of that kind needs besides."""
    keys = re.findall(r"^([a-z-]+):", text, re.M)
    if re.search(r"^load:", text, re.M) or re.search(r"^- (\{ )?expect:", text, re.M) or "  - id:" in text.split("status:")[0]:
        return text
    if re.match(r"- (\{ )?(id|check):", text):
        keys, text = ["steps"], "steps:\n" + re.sub(r"^(?=.)", "  ", text, flags=re.M)
    kinds = [(TARGET, {"target", "probes", "principals", "allow", "params", "hooks", "scopes", "declares", "mcp", "places", "access", "rate", "webhooks"}), (SCENARIO, {"scenario", "steps", "given", "cases", "matrix", "cleanup"})]
    for needed, typical in kinds:
        if typical & set(keys):
            rules = re.findall(r"\brule: ([A-Z]+-\d+)", text)
            if rules and "rules" not in keys:
                text += f"rules: [{', '.join(dict.fromkeys(rules))}]\n"
            return "".join(f"{key}: {value}\n" for key, value in needed.items() if key not in keys) + text
    return None


def yaml():
    for page in PAGES:
        for block in split(page)[1]:
            if block.lang != "yaml" or block.note.startswith("<!-- file:"):
                continue
            counts["blocks of YAML"] += 1
            text = complete(block.text)
            if text is None:
                said(page, block.line, "it is no part of a scenario, target file, rule file or baseline")
                continue
            rule = re.match(r"\s*- id: [A-Z]+-\d+", text)
            if rule:
                ids = set(re.findall(r"- id: ([A-Z]+-\d+)", text))
                shipped = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "scenarios/rules").glob("*.yaml"))
                lines = [line for line in text.splitlines() if line.strip()]
                missing = [line for line in lines if line not in shipped]
                if missing:
                    said(page, block.line, f"the rules do not hold this line of {', '.join(ids)}: {missing[0].strip()}")
                continue
            with tempfile.TemporaryDirectory() as folder:
                file = pathlib.Path(folder) / ("hallmark-baseline.yaml" if text.lstrip("# \n").startswith("- expect") or re.search(r"^- expect", text, re.M) else "block.yaml")
                file.write_text(text, encoding="utf-8")
                ran = subprocess.run([HALLMARK, "check", file], capture_output=True, text=True)
                if ran.returncode:
                    said(page, block.line, ran.stdout + ran.stderr)


def masked(text):
    text = re.sub(r"\d+", "0", text)
    return re.sub(r"\s+", " ", text).strip()


class Mock:
    def __init__(self, folder):
        ready = folder / "ready.json"
        self.process = subprocess.Popen([HALLMARK, "mock", "--port", "0", "--ready-file", ready], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            time.sleep(0.05)
            if ready.exists():
                break
        self.facts = json.loads(ready.read_text(encoding="utf-8"))

    def environment(self):
        by_name = {one["name"]: one for one in self.facts["credentials"]}
        control = self.facts["control"]
        control = control if isinstance(control, dict) else {"url": self.facts["urls"]["control"], "secret": control}
        tokens = {"MY_TOKEN": "finance-ro", "READER_TOKEN": "finance-ro", "READER_KEY": "finance-ro", "OUTSIDER_KEY": "outsider", "OUTSIDER_TOKEN": "outsider", "WRITER_TOKEN": "finance-rw"}
        return {
            **os.environ,
            **{name: by_name[whose]["token"] for name, whose in tokens.items()},
            "READER_CANARY": str(by_name["finance-ro"].get("canary") or "canary-of-reader"),
            "OUTSIDER_CANARY": str(by_name["outsider"].get("canary") or "canary-of-outsider"),
            "CONTROL": control["url"],
            "SECRET": control["secret"],
            "no_proxy": "127.0.0.1",
        }

    def end(self):
        self.process.terminate()
        self.process.wait()


def logical(block):
    """Commands of a block, each with the lines shown after it."""
    console = any(line.startswith("$ ") for line in block.lines)
    found, cut = [], None
    for line in block.lines:
        if console and line.startswith("$ "):
            found.append((line[2:], []))
        elif console and found:
            found[-1][1].append(line)
        elif not console and line.strip() and not line.startswith("#"):
            if cut:
                found[-1] = (found[-1][0] + "\n" + line, [])
            else:
                found.append((line, []))
            cut = line.endswith("\\")
    return found


def prepare(page, folder, mock):
    """What a reader of the page has by then: its own YAML files, a record from before."""
    for block in split(page)[1]:
        first = block.lines[0] if block.lines else ""
        name = re.match(r"# ([\w./-]+\.yaml)|target: ", first)
        if block.lang == "yaml" and name and not block.note.startswith("<!-- file:"):
            file = folder / (name[1] or "hallmark.yaml")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(replaced(block.text, mock), encoding="utf-8")
    if not (folder / "hallmark.yaml").exists():
        text = "".join(f"{key}: {value}\n" for key, value in TARGET.items())
        (folder / "hallmark.yaml").write_text(replaced(text, mock), encoding="utf-8")
    (folder / "bad.yaml").write_text(BAD, encoding="utf-8")
    if not (folder / "hallmark-baseline.yaml").exists():
        (folder / "hallmark-baseline.yaml").write_text("- { expect: bearer/scheme#no-scheme, why: known }\n", encoding="utf-8")
    for name, more in (("a", []), ("b", ["--defect", "scheme-optional"])):
        subprocess.run([HALLMARK, "run", "bearer/scheme", "--quiet", "--seed", "1", "--out", name, *more], cwd=folder, capture_output=True)
    shutil.copy(folder / "a" / "record.json", folder / "before.json")


BAD = """scenario: A shortened token is refused
subject: resource-server
rules: [BEARER-4]
steps:
  - check: refused
    mcp: { probe: read }
    as: nobody
    # the selector below is misspelt
    expect: { outcom: refused, status: 401 }
  - check: again
    mcp: { probe: read }
    expect: { outcome: done, status: 2000 }
"""


# What a person does at the mock, as the program that a browser is opened with.
BROWSER = """#!{python}
import json, sys, urllib.error, urllib.request


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


try:
    urllib.request.build_opener(Stay, urllib.request.ProxyHandler({{}})).open(sys.argv[1])
except urllib.error.HTTPError as answer:
    page = answer.headers["Location"]
direct = urllib.request.build_opener(urllib.request.ProxyHandler({{}}))
identity = page.split("auth_request_id=")[1]
body = json.dumps({{"user": "alice", "decision": "approve"}}).encode()
door = urllib.request.Request("{control}/consent/" + identity, body, {{"X-Hallmark-Control": "{secret}"}})
direct.open(json.load(direct.open(door))["location"]).read()
"""


def replaced(text, mock):
    address = mock.facts["urls"]["mcp"]
    for example in ("http://127.0.0.1:8900/mcp/oauth", "https://mcp.example/mcp", "http://127.0.0.1:8900/mcp/key", "http://127.0.0.1:8900/mcp"):
        text = text.replace(example, address)
    return text


def commands():
    for page in PAGES:
        blocks = [block for block in split(page)[1] if block.lang == "sh" or any(line.startswith("$ ") for line in block.lines)]
        if not blocks:
            continue
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            mock = Mock(folder)
            try:
                run_page(page, blocks, folder, mock)
            finally:
                mock.end()


def run_page(page, blocks, folder, mock):
    (folder / "bin").mkdir()
    (folder / "bin" / "hallmark").symlink_to(HALLMARK)
    environment = mock.environment()
    browser = folder / "bin" / "xdg-open"
    browser.write_text(BROWSER.format(python=sys.executable, control=environment["CONTROL"], secret=environment["SECRET"]), encoding="utf-8")
    browser.chmod(0o700)
    environment |= {"HALLMARK_VAULT": f"file:{folder}/vault", "HALLMARK_VAULT_KEY_FILE": f"{folder}/vault.key", "HALLMARK_VAULT_KEYRING": "off"}
    for name in ("HALLMARK_VAULT_KEY", "SSH_CONNECTION", "SSH_TTY"):
        environment.pop(name, None)
    environment["PATH"] = f"{folder}/bin:{environment['PATH']}"
    prepare(page, folder, mock)
    for block in blocks:
        if block.note.startswith("<!-- not run:"):
            counts["not run"] += 1
            continue
        before = ""
        for command, shown in logical(block):
            if re.match(r"export \w+=…", command):
                continue
            if re.match(r"(\w+)\(\) \{|export |\w+=", command):
                before += command + "\n"
                continue
            counts["commands"] += 1
            if re.match(r"hallmark mock(?!.*--list)", command):
                command = command.replace("hallmark mock", "timeout --preserve-status -s TERM 2 hallmark mock --port 0")
            if re.match(r"hallmark init", command):
                command = command.replace("init", "init --force fresh")
            code_of(page, block, before + replaced(command, mock), shown, folder, environment)


def code_of(page, block, script, shown, folder, environment):
    ran = subprocess.run(["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
    said_by_it = ran.stdout + ran.stderr
    # Verdicts are no mistake of the page; an option or a file that is not there is.
    wanted = {0, 1, 6} if "bad.yaml" not in script else {3}
    # A client that does nothing is not judged, and neither is a target by a generator that was late on this machine.
    if re.search(r"hallmark (agent|load)", script):
        wanted |= {4, 5}
    if ran.returncode not in wanted:
        said(page, block.line, f"`{script.strip().splitlines()[-1]}` ends with {ran.returncode}:\n{said_by_it}")
        return
    lines = masked(said_by_it)
    for line in shown:
        if "…" in line or not line.strip() or re.search(r"\d{5,}|[0-9a-f]{8}|fiok_", line):
            continue
        if masked(line) not in lines:
            said(page, block.line, f"`{script.strip().splitlines()[-1]}` does not say: {line.strip()}")


def main():
    parts = {"links": links, "files": files, "promises": promises, "yaml": yaml, "commands": commands}
    asked = [word for word in sys.argv[1:] if not word.startswith("-")]
    for name in asked or parts:
        parts[name]()
    print(*wrong, sep="\n", file=sys.stderr) if wrong else None
    print("handbook:", ", ".join(f"{count} {what}" for what, count in counts.items() if count) + f"; {len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
