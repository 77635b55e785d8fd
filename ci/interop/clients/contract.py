"""What `hallmark agent` asks of a command, read from the environment: the part that the Python programs here share. The
handbook, docs/src/agents.md, has the table. Everything that is the library's business is in the programs themselves."""

import asyncio
import json
import os
import sys
import webbrowser
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

URL = os.environ["HALLMARK_MCP_URL"]
STATE = Path(os.environ["HALLMARK_STATE_DIR"])
KEY = os.environ.get("HALLMARK_API_KEY")
CLIENT_ID = os.environ.get("HALLMARK_CLIENT_ID")
CLIENT_SECRET = os.environ.get("HALLMARK_CLIENT_SECRET")
# A login for another resource is none for this one.
OF_THIS_RESOURCE = URL.startswith(os.environ.get("HALLMARK_RESOURCE", URL))
REFRESH_TOKEN = os.environ.get("HALLMARK_REFRESH_TOKEN") if OF_THIS_RESOURCE else None
ACCESS_TOKEN = os.environ.get("HALLMARK_ACCESS_TOKEN")
EXPIRES_IN = os.environ.get("HALLMARK_EXPIRES_IN")
# Nothing is kept yet: the login of the environment is the one to begin with. Later what is kept wins, also where it is gone.
FIRST_LIFE = not any(STATE.iterdir())
# Whether somebody is there who could log in.
PERSON = "BROWSER" in os.environ
PATIENCE = 10  # seconds until that person is back


def need_a_credential():
    """Ends at once where nothing is there that could open the door: no key, no login, nobody to log in."""
    if KEY is not None and not KEY.strip():
        sys.exit("HALLMARK_API_KEY is empty")
    if KEY is None and not CLIENT_ID and not REFRESH_TOKEN and not PERSON and FIRST_LIFE:
        sys.exit("no credential: set HALLMARK_API_KEY, or a login (HALLMARK_CLIENT_ID, HALLMARK_REFRESH_TOKEN)")


async def carry_out(list_tools, call_tool):
    """The task, with the client's two verbs. Both raise where they do not succeed. What is called has been listed before, as
    an agent has to know what it may call."""
    task = os.environ["HALLMARK_TASK"]
    idle = int(os.environ.get("HALLMARK_IDLE_MS", "0")) / 1000

    async def call():
        await call_tool(os.environ["HALLMARK_TOOL"], json.loads(os.environ.get("HALLMARK_ARGUMENTS", "{}")))

    if task in ("list-tools", "call-once", "call-twice", "call-in-parallel", "idle-then-call", "listen"):
        await list_tools()
    if task == "call-once":
        await call()
    elif task == "call-twice":
        await call()
        await asyncio.sleep(idle)
        await call()
    elif task == "call-in-parallel":
        calls = (call() for _ in range(int(os.environ["HALLMARK_COUNT"])))
        for outcome in await asyncio.gather(*calls, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome
    elif task == "idle-then-call":
        await asyncio.sleep(idle)
        await call()
    elif task == "listen":
        await asyncio.sleep(float(os.environ["HALLMARK_SECONDS"]))
    elif task != "list-tools":
        sys.exit(f"this client has no task {task}")


def run(main):
    """Runs a program to its end: 0, or what went wrong on stderr and 1."""
    try:
        asyncio.run(main())
    except Exception as problem:  # noqa: BLE001  whatever it is, it is the outcome
        for line in reasons(problem):
            print(line, file=sys.stderr)
        sys.exit(1)


def reasons(problem):
    """One line for each exception; anyio gathers them in groups."""
    if isinstance(problem, BaseExceptionGroup):
        return [line for part in problem.exceptions for line in reasons(part)]
    return [f"{type(problem).__name__}: {problem}"]


class Callback:
    """The listener on the redirect address, for one answer of the browser."""

    def __init__(self):
        self.answer = None
        callback = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                at = urlsplit(self.path)
                if at.path == "/callback":
                    callback.answer = {name: values[0] for name, values in parse_qs(at.query).items()}
                self.send_response(200 if at.path == "/callback" else 404)
                self.end_headers()

            def log_message(self, *_):
                """Silent: the address holds the code."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/callback"
        Thread(target=self.server.serve_forever, daemon=True).start()

    async def open_browser(self, url):
        """Shows the page to the person."""
        webbrowser.open(url)

    async def wait(self):
        """The parameters of the answer."""
        for _ in range(PATIENCE * 10):
            if self.answer is not None:
                answer, self.answer = self.answer, None
                return answer
            await asyncio.sleep(0.1)
        raise TimeoutError(f"nobody came back from the browser in {PATIENCE} s")
