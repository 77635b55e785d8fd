#!/usr/bin/env python3
"""Follows docs/src/tutorial.md literally, in an empty folder: writes the files it shows, makes the changes it shows, types its
commands into one shell, and holds what it says they print against what they print (numbers apart).

A block after `<!-- write: FILE -->` is a file, a block of `diff` after `<!-- change: FILE -->` a change to it; blocks of `sh`
and lines that begin with `$` are commands. In the end the server of the page is the one that run.sh judges.

HALLMARK: the binary (default: target/debug/hallmark). What `pip install` would fetch has been installed before, by run.sh.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs"))
import check  # noqa: E402  the handbook's own reader

PAGE = ROOT / "docs/src/tutorial.md"
PORT = "8940"
# Two of them in a row end the wait for a command; nothing prints one by itself.
END = "\x1e"


class Shell:
    """A shell that stays open, as a reader's does."""

    def __init__(self, folder, environment):
        self.process = subprocess.Popen(
            ["bash"], cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def type(self, command):
        """What a command prints, and its exit code. `$?` of the page is that of the command before."""
        self.process.stdin.write(f"(exit ${{code:-0}})\n{command}\ncode=$?\nprintf '{END}%s{END}' $code\n")
        self.process.stdin.flush()
        printed = ""
        while printed.count(END) < 2:
            read = self.process.stdout.read(1)
            if not read:
                raise EOFError(f"the shell ended at: {command}")
            printed += read
        text, code, _ = printed.split(END)
        return text, int(code)

    def end(self):
        self.process.stdin.write("kill $(jobs -p) 2>/dev/null\n")
        self.process.stdin.close()
        self.process.wait()


def change(text, block):
    """The text with the lines of a diff replaced."""
    old = "".join(f"{line[1:]}\n" for line in block.lines if not line.startswith("+"))
    new = "".join(f"{line[1:]}\n" for line in block.lines if not line.startswith("-"))
    if text.count(old) != 1:
        raise ValueError(f"line {block.line}: what is changed is there {text.count(old)} times")
    return text.replace(old, new)


def missing(shown, printed):
    """Lines that the page shows and the command did not print. `…` stands for what was left out; a number alone is exact."""
    said = check.masked(printed)
    for line in filter(str.strip, shown):
        if line.strip().isdigit():
            found = printed.strip() == line.strip()
        else:
            found = re.search(".*?".join(re.escape(check.masked(part)) for part in line.split("…")), said)
        if not found:
            yield line


def follow(folder, port, shell):
    """Every block of the page in its order. Yields what is not as the page says."""
    for block in check.split(PAGE)[1]:
        note = re.match(r"<!-- (write|change): (\S+) -->", block.note)
        if note:
            file = folder / note[2]
            text = block.text if note[1] == "write" else change(file.read_text(encoding="utf-8"), block)
            file.write_text(text.replace(PORT, port), encoding="utf-8")
        elif block.lang == "sh" or any(line.startswith("$ ") for line in block.lines):
            for command, shown in check.logical(block):
                printed, code = shell.type(command.replace(PORT, port))
                for line in missing(shown, printed):
                    yield f"line {block.line}: `{command}` (exit code {code}) does not print: {line.strip()}\n{printed[-3000:]}"
                # A verdict is told by `echo $?` on the page; anything else that fails is a mistake in it.
                if code != 0 and not command.startswith("hallmark run"):
                    yield f"line {block.line}: `{command}` ends with {code}:\n{printed[-3000:]}"


def main():
    hallmark = os.environ.get("HALLMARK", str(ROOT / "target/debug/hallmark"))
    installed = subprocess.run([ROOT / "ci/interop/run.sh", "--install", "fastmcp-desk"], check=True, capture_output=True, text=True).stdout.strip()
    port = subprocess.run(["bash", "-c", f"source {ROOT}/ci/interop/serve.sh; free_port"], check=True, capture_output=True, text=True).stdout.strip()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "desk"
        folder.mkdir()
        shutil.copytree(installed, folder / ".venv", symlinks=True, copy_function=os.link)
        programs = Path(name) / "bin"
        programs.mkdir()
        (programs / "hallmark").symlink_to(Path(hallmark).resolve())
        environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "FASTMCP_CHECK_FOR_UPDATES": "off", "no_proxy": "127.0.0.1"}
        shell = Shell(folder, environment)
        try:
            wrong = list(follow(folder, port, shell))
        finally:
            shell.end()
        if (folder / "desk.py").read_text(encoding="utf-8") != (ROOT / "ci/interop/fastmcp-desk/desk.py").read_text(encoding="utf-8"):
            wrong.append("the desk.py of the page, mended, is not ci/interop/fastmcp-desk/desk.py")
    print(*wrong, sep="\n", file=sys.stderr) if wrong else None
    print(f"tutorial: {'as the page says' if not wrong else f'{len(wrong)} wrong'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
