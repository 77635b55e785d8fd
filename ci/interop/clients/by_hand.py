#!/usr/bin/env python3
"""A server made by hand, to see without Hallmark what a client does: by_hand.py [--conformance] CONDUCT… -- COMMAND…

Starts an MCP endpoint, an authorization server and a third origin on 127.0.0.1, runs the command once for each conduct with
the environment of docs/src/agents.md, and prints every request: when, to whom, with which credential, and the answer.
`by_hand.py --list` names the conducts. With --conformance the command is started as the official suite starts its clients:
the address is the last argument, and a scenario of the suite is in the environment. Credentials are shown by their names, AT1 being the first access token.
"""

import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from urllib.parse import parse_qs, urlencode, urlsplit

KEY = "key-of-the-case-0123456789abcdef"
CALL = {"task": "call-once", "credential": "key"}
STORED = {"task": "call-once", "credential": "login"}
LOGIN = {"task": "list-tools", "credential": "browser"}
AGAIN = {"task": "call-twice", "credential": "browser", "life": 2, "idle": 2500}  # the token of the login runs out

# What the world does otherwise, by the place where it does so. A function gets the world and the number of the request at that
# place (from 1), and returns (status, headers, body), or None for the ordinary answer; "drop" ends the connection.
CONDUCTS = {
    "no-credential": {"task": "call-once", "credential": None},
    "blank-key": {**CALL, "key": "   "},
    "newline-key": {**CALL, "key": f"{KEY}\n"},
    "ordinary": CALL,
    "401": {**CALL, "tools/call": lambda w, n: w.refused()},
    "401-at-once": {**CALL, "initialize": lambda w, n: w.refused(), "server/discover": lambda w, n: w.refused()},
    "403": {**CALL, "tools/call": lambda w, n: (403, {}, {})},
    "429": {**CALL, "tools/call": lambda w, n: (429, {"Retry-After": "3"}, {}) if n == 1 else None},
    "503": {**CALL, "tools/call": lambda w, n: (503, {"Retry-After": "3"}, {}) if n == 1 else None},
    "429-at-once": {**CALL, "initialize": lambda w, n: (429, {"Retry-After": "3"}, {}) if n == 1 else None,
                    "server/discover": lambda w, n: (429, {"Retry-After": "3"}, {}) if n == 1 else None},
    "lost-session": {**CALL, "session": True, "tools/call": lambda w, n: (404, {}, {}) if n == 1 else None},
    "plain-http": {**CALL, "host": "0.0.0.0"},
    "lost-call": {**CALL, "tools/call": lambda w, n: "drop"},
    "redirect-307": {**CALL, "tools/call": lambda w, n: (307, {"Location": f"{w.c}/mcp"}, {})},
    "redirect-303": {**CALL, "tools/call": lambda w, n: (303, {"Location": f"{w.c}/mcp"}, {})},
    "redirect-at-once": {**CALL, "initialize": lambda w, n: (308, {"Location": f"{w.c}/mcp"}, {}),
                         "server/discover": lambda w, n: (308, {"Location": f"{w.c}/mcp"}, {})},
    "stored": STORED,
    "stored-expired": {**STORED, "alive": False},
    "stored-without-access": {**STORED, "access": None},
    "stored-no-rotation": {**STORED, "alive": False, "rotate": False},
    "expires-soon": {**STORED, "task": "call-twice", "expires_in": 3, "idle": 3500, "life": 3},
    "parallel": {**STORED, "task": "call-in-parallel", "count": 6, "idle": 0, "dies-after-initialize": True},
    "parallel-calls": {**STORED, "task": "call-in-parallel", "count": 6, "refuses-calls": "AT1"},
    "huge-lifetime": {**STORED, "access": None, "life": 10**14},
    "expired-between": {**STORED, "task": "call-twice", "dies-after-call": 1},
    "invalid-grant": {**STORED, "alive": False, "token": lambda w, n: (400, {}, {"error": "invalid_grant"})},
    "without-access-invalid-grant": {**STORED, "access": None, "token": lambda w, n: (400, {}, {"error": "invalid_grant"})},
    "without-access-429": {**STORED, "access": None, "token": lambda w, n: (429, {"Retry-After": "2"}, {}) if n == 1 else None},
    "without-access-500": {**STORED, "access": None, "token": lambda w, n: (500, {}, {"error": "server_error"}) if n == 1 else None},
    "token-500": {**STORED, "alive": False, "token": lambda w, n: (500, {}, {"error": "server_error"})},
    "token-503-once": {**STORED, "alive": False, "token": lambda w, n: (503, {"Retry-After": "2"}, {}) if n == 1 else None},
    "token-429": {**STORED, "alive": False, "token": lambda w, n: (429, {"Retry-After": "2"}, {}) if n == 1 else None},
    "token-html": {**STORED, "alive": False, "token": lambda w, n: (502, {"Content-Type": "text/html"}, "<html>")},
    "token-200-error": {**STORED, "alive": False, "token": lambda w, n: (200, {}, {"error": "bad_refresh_token"})},
    "token-mac": {**STORED, "alive": False, "token": lambda w, n: (200, {}, {**w.grant(), "token_type": "mac"})},
    "invalid-client": {**STORED, "alive": False, "token": lambda w, n: (401, {}, {"error": "invalid_client"})},
    "always-401": {**STORED, "alive": False, "tools/call": lambda w, n: w.refused(), "server/discover": lambda w, n: w.refused(),
                   "initialize": lambda w, n: w.refused()},
    "call-always-401": {**STORED, "tools/call": lambda w, n: w.refused()},
    "insufficient-scope": {**STORED, "tools/call": lambda w, n: w.refused(403, 'error="insufficient_scope", scope="mcp:write"')},
    "login": LOGIN,
    "login-denied": {**LOGIN, "authorize": lambda w, n: w.back(error="access_denied")},
    "login-no-iss": {**LOGIN, "authorize": lambda w, n: w.back(code="CODE", iss=None)},
    "login-wrong-iss": {**LOGIN, "authorize": lambda w, n: w.back(code="CODE", iss="https://evil.example")},
    "login-wrong-state": {**LOGIN, "authorize": lambda w, n: w.back(code="CODE", state="wrong")},
    "login-no-state": {**LOGIN, "authorize": lambda w, n: w.back(code="CODE", state=None)},
    "login-upper": {**LOGIN, "challenge": 'BEARER Resource_Metadata="{c}/prm"'},
    "login-wrong-resource": {**LOGIN, "prm": lambda w, n: (200, {}, {**w.prm(), "resource": f"{w.c}/mcp"})},
    "login-resource-path": {**LOGIN, "prm": lambda w, n: (200, {}, {**w.prm(), "resource": f"{w.a}/other"})},
    "login-wrong-issuer": {**LOGIN, "asmd": lambda w, n: (200, {}, {**w.asmd(), "issuer": w.c})},
    "login-no-pkce": {**LOGIN, "asmd": lambda w, n: (200, {}, {k: v for k, v in w.asmd().items() if k != "code_challenge_methods_supported"})},
    "login-asmd-500": {**LOGIN, "asmd": lambda w, n: (500, {}, {})},
    "login-prm-500": {**LOGIN, "prm": lambda w, n: (500, {}, {})},
    "login-no-challenge": {**LOGIN, "challenge": None},
    "login-two-challenges": {**LOGIN, "challenge": 'Basic realm="x", Bearer resource_metadata="{prm}"'},
    "login-decoy": {**LOGIN, "challenge": 'Other realm="a, resource_metadata={c}/prm", Bearer resource_metadata="{prm}"'},
    "login-comma": {**LOGIN, "challenge": 'Bearer realm="a, b", resource_metadata="{prm}", error="invalid_token"'},
    "login-lower": {**LOGIN, "challenge": 'bearer resource_metadata="{prm}"'},
    "login-admin": {**LOGIN, "scopes": ["mcp:read", "mcp:admin"]},
    "login-token-400": {**LOGIN, "token": lambda w, n: (400, {}, {"error": "invalid_grant"})},
    "login-401-after": {**LOGIN, "tools/list": lambda w, n: w.refused()},
    "login-prm-internal": {**LOGIN, "challenge": 'Bearer resource_metadata="{c}/prm"'},
    "again": AGAIN,
    "again-no-rotation": {**AGAIN, "rotate": False},
    "again-500": {**AGAIN, "token": lambda w, n: (500, {}, {"error": "server_error"}) if n == 2 else None},
    "again-invalid-grant": {**AGAIN, "token": lambda w, n: (400, {}, {"error": "invalid_grant"}) if n == 2 else None},
    "again-200-error": {**AGAIN, "token": lambda w, n: (200, {}, {"error": "bad_refresh_token"}) if n == 2 else None},
    "again-drop": {**AGAIN, "token": lambda w, n: "drop" if n == 2 else None},
    "token-redirect": {**STORED, "alive": False, "token": lambda w, n: (307, {"Location": f"{w.c}/token"}, {})},
}


class Server(ThreadingHTTPServer):
    def handle_error(self, *_):
        """A client that goes away in the middle is no news."""


class World:
    """The state of one run: who is who, what is alive, what came."""

    def __init__(self, conduct):
        self.conduct, self.lock, self.counts, self.log = conduct, Lock(), {}, []
        self.start, self.dead, self.issued = time.time(), set(), 1
        self.refresh, self.replayed = "RT1", False
        self.born = {"AT1": time.time()}
        if conduct.get("alive") is False:
            self.dead.add("AT1")
        self.servers = [Server(("127.0.0.1", 0), handler(self, place)) for place in "ABC"]
        self.a, self.b, self.c = (f"http://127.0.0.1:{server.server_port}" for server in self.servers)
        for server in self.servers:
            Thread(target=server.serve_forever, daemon=True).start()

    def prm(self):
        return {"resource": f"{self.a}/mcp", "authorization_servers": [self.b], "scopes_supported": self.conduct.get("scopes", ["mcp:read"])}

    def asmd(self):
        return {
            "issuer": self.b,
            "authorization_endpoint": f"{self.b}/authorize",
            "token_endpoint": f"{self.b}/token",
            "registration_endpoint": f"{self.b}/register",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_methods_supported": ["none"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        }

    def refused(self, status=401, more='error="invalid_token"'):
        challenge = self.conduct.get("challenge", 'Bearer resource_metadata="{prm}"' + (f", {more}" if more else ""))
        prm = f"{self.a}/.well-known/oauth-protected-resource/mcp"
        headers = {"WWW-Authenticate": challenge.format(prm=prm, c=self.c)} if challenge else {}
        return status, headers, {"error": "no"}

    def grant(self):
        """The next pair of tokens. The one before dies as far as it rotates."""
        self.issued += 1
        self.born[f"AT{self.issued}"] = time.time()
        first = self.refresh == "RT1" and self.conduct["credential"] == "browser"
        rotate = first or self.conduct.get("rotate", True)
        if rotate:
            self.refresh = f"RT{self.issued}"
        return {
            "access_token": f"AT{self.issued}",
            "token_type": "Bearer",
            "expires_in": self.conduct.get("life", 3600),
            **({"refresh_token": self.refresh} if rotate else {}),
        }

    def back(self, **answer):
        query = {"state": self.query.get("state"), "iss": self.b, **answer}
        query = {name: value for name, value in query.items() if value is not None}
        return 302, {"Location": f"{self.query['redirect_uri']}?{urlencode(query)}"}, ""

    def count(self, place):
        self.counts[place] = self.counts.get(place, 0) + 1
        return self.counts[place]

    def otherwise(self, place):
        """What the conduct does here, if anything."""
        act, number = self.conduct.get(place), self.count(place)
        return act(self, number) if callable(act) else None


def handler(world, origin):
    """The request handler of one origin: A the MCP endpoint, B the authorization server, C a stranger."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            """The log is our own."""

        def do(self):
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length).decode("utf-8", "replace")
            at = urlsplit(self.path)
            with world.lock:
                what, answer = self.answer(at, body)
                credential = self.headers.get("Authorization", "-").replace(KEY, "KEY")
                said = answer if answer == "drop" else answer[0]
                world.log.append(f"{time.time() - world.start:6.2f}  {origin}  {self.command:4} {what:58} {credential:14} -> {said}")
            if answer == "drop":
                self.close_connection = True
                self.connection.shutdown(2)
                return
            status, headers, text = answer
            text = text if isinstance(text, str) else json.dumps(text)
            self.send_response(status)
            headers = {"Content-Type": "application/json", **headers, "Content-Length": str(len(text.encode()))}
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = do_DELETE = do_HEAD = do_OPTIONS = do

        def answer(self, at, body):
            if origin == "C":
                return f"{at.path} {body[:40]}", (404, {}, "")
            if origin == "A" and at.path == "/mcp":
                return self.mcp(body)
            if origin == "A" and at.path.startswith("/.well-known/oauth-protected-resource"):
                found = at.path.endswith("/mcp")
                return at.path, world.otherwise("prm") or ((200, {}, world.prm()) if found else (404, {}, ""))
            if origin == "B" and at.path == "/.well-known/oauth-authorization-server":
                return at.path, world.otherwise("asmd") or (200, {}, world.asmd())
            if origin == "B" and at.path == "/authorize":
                world.query = {name: values[0] for name, values in parse_qs(at.query).items()}
                shown = {name: world.query.get(name) for name in ("scope", "resource")} | {"state": "state" in world.query}
                return f"/authorize {shown}", world.otherwise("authorize") or world.back(code="CODE")
            if origin == "B" and at.path == "/register":
                return "/register", (201, {}, {**json.loads(body), "client_id": "CLIENT"})
            if origin == "B" and at.path == "/token":
                return self.token(body)
            form = {name: values[0] for name, values in parse_qs(body).items()}
            return f"{at.path} {form.get('refresh_token', '')}", (404, {}, "")

        def token(self, body):
            form = {name: values[0] for name, values in parse_qs(body).items()}
            what = f"/token {form.get('grant_type')} {form.get('refresh_token', form.get('code'))} {form.get('scope', '')}"
            other = world.otherwise("token")
            if other:
                return what, other
            if form.get("grant_type") == "refresh_token" and form.get("refresh_token") != world.refresh:
                return what, (400, {}, {"error": "invalid_grant"})
            return what, (200, {}, world.grant())

        def mcp(self, body):
            if self.command != "POST":
                return "/mcp", (405, {}, "")
            if not body:
                return "/mcp with no body: the client has gone", (400, {}, "")
            message = json.loads(body)
            method, number = message.get("method", "answer"), message.get("id")
            credential = self.headers.get("Authorization", "")
            token = credential.removeprefix("Bearer ")
            alive = token == KEY or (token.startswith("AT") and token not in world.dead)
            alive = alive and time.time() < world.born.get(token, 0) + world.conduct.get("life", 3600) or token == KEY
            if not alive or (method == "tools/call" and token == world.conduct.get("refuses-calls")):
                return method, world.refused(more="" if not credential else 'error="invalid_token"')
            other = world.otherwise(method)
            if other:
                return method, other
            if method == "notifications/initialized" and world.conduct.get("dies-after-initialize"):
                world.dead.add("AT1")
            if method == "tools/call" and world.conduct.get("dies-after-call") == world.counts[method]:
                world.dead.add(token)
            if number is None:
                return method, (202, {}, "")
            results = {
                "initialize": {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": {"name": "by hand", "version": "1"}},
                "tools/list": {"tools": [{"name": "echo", "inputSchema": {"type": "object"}}]},
                "tools/call": {"content": [{"type": "text", "text": "done"}]},
                "ping": {},
            }
            reply = {"jsonrpc": "2.0", "id": number}
            reply |= {"result": results[method]} if method in results else {"error": {"code": -32601, "message": "not here"}}
            session = {"Mcp-Session-Id": f"S{world.count('session')}"} if method == "initialize" and "session" in world.conduct else {}
            return method, (200, session, reply)

    return Handler


SHIM = """#!/bin/sh
# A browser of the least kind: it follows one redirect, in the background, until somebody listens.
for url; do :; done
(
  to=$(curl -s --noproxy '*' -o /dev/null -w '%{redirect_url}' "$url")
  curl -s --noproxy '*' --retry 20 --retry-delay 1 --retry-connrefused -o /dev/null "$to"
) </dev/null >/dev/null 2>&1 &
"""


def environment(world, folder):
    """The environment of docs/src/agents.md."""
    conduct = world.conduct
    state, programs = folder / "state", folder / "bin"
    state.mkdir(mode=0o700)
    programs.mkdir()
    for name in ("xdg-open", "open", "browse"):
        (programs / name).write_text(SHIM)
        (programs / name).chmod(0o755)
    given = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "TMPDIR": str(folder),
        "HALLMARK_MCP_URL": f"{world.a}/mcp".replace("127.0.0.1", conduct.get("host", "127.0.0.1")),
        "HALLMARK_TASK": conduct["task"],
        "HALLMARK_STATE_DIR": str(state),
        "HALLMARK_TOOL": "echo",
        "HALLMARK_ARGUMENTS": "{}",
        "HALLMARK_COUNT": str(conduct.get("count", 1)),
        "HALLMARK_IDLE_MS": str(conduct.get("idle", 0)),
    }
    browser = {"BROWSER": str(programs / "browse")}
    login = {
        "HALLMARK_CLIENT_ID": "CLIENT",
        "HALLMARK_REFRESH_TOKEN": "RT1",
        "HALLMARK_EXPIRES_IN": str(conduct.get("expires_in", 3600)),
        "HALLMARK_ISSUER": world.b,
        "HALLMARK_TOKEN_ENDPOINT": f"{world.b}/token",
        "HALLMARK_RESOURCE": f"{world.a}/mcp",
    }
    if conduct.get("access", "AT1"):
        login["HALLMARK_ACCESS_TOKEN"] = "AT1"
    more = {None: {}, "key": {"HALLMARK_API_KEY": conduct.get("key", KEY)}, "login": login, "browser": browser}
    return given | more[conduct["credential"]]


def run(name, command, conformance):
    """One conduct: the requests, the end, what is on the disk."""
    world = World(CONDUCTS[name])
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        given = environment(world, folder)
        try:
            if conformance:
                given |= {"MCP_CONFORMANCE_SCENARIO": "auth/basic-dcr", "MCP_CONFORMANCE_PROTOCOL_VERSION": "2025-11-25"}
                command = [*command, f"{world.a}/mcp"]
            ended = subprocess.run(command, cwd=folder, env=given, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
            code, said = ended.returncode, ended.stdout + ended.stderr
        except subprocess.TimeoutExpired as late:
            code, said = "none after 60 s", (late.stderr or b"").decode()
        print(f"== {name}: {shlex.join(command[-1:])} ended with {code} after {time.time() - world.start:.1f} s")
        print("\n".join(world.log))
        print("   said:", " | ".join(said.strip().splitlines()[-3:])[:400])
        for file in sorted((folder / "state").rglob("*")):
            if file.is_file():
                held = [token for token in ("AT1", "RT1", "AT2", "RT2", "RT3") if token in file.read_text(errors="replace")]
                print(f"   kept: {file.relative_to(folder)} {oct(file.stat().st_mode & 0o777)} {' '.join(held)}")
    for server in world.servers:
        server.shutdown()


def main():
    if sys.argv[1:] == ["--list"]:
        print("\n".join(CONDUCTS))
        return 0
    if "--" not in sys.argv:
        print(__doc__, file=sys.stderr)
        return 2
    at = sys.argv.index("--")
    names = [word for word in sys.argv[1:at] if word != "--conformance"]
    for name in names or CONDUCTS:
        run(name, sys.argv[at + 1 :], "--conformance" in sys.argv[1:at])
    return 0


if __name__ == "__main__":
    sys.exit(main())
