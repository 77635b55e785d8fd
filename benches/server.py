"""The servers of the benchmarks: the mock, and replay.c with what the mock answered.

A tap between `hallmark load` and the mock sees what is sent for one call. Every tool then sends those bytes, and
replay.c answers with what the mock answered. So nothing here knows a revision of MCP.
"""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading
import time

from measure import first_in_line

HERE = pathlib.Path(__file__).resolve().parent
# What differs from call to call, or what each tool writes itself.
DERIVED = {"host", "content-length", "connection", "transfer-encoding", "accept-encoding", "date"}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(done, what, seconds=20):
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            raise SystemExit(f"bench: {what} did not come within {seconds} s")
        time.sleep(0.02)


def answers(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


class Server:
    """A server process, pinned to a core."""

    def __init__(self, command, core, **kept):
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=lambda: first_in_line(core))
        self.__dict__.update(kept)

    def stall(self, after, seconds):
        """Nothing is answered for a while: a thread stops the process and lets it go on."""

        def go():
            time.sleep(after)
            begin = time.monotonic()
            self.process.send_signal(signal.SIGSTOP)
            time.sleep(seconds)
            self.process.send_signal(signal.SIGCONT)
            # On a busy machine this thread comes late, and the stall is longer than it was meant to be.
            self.stalled = time.monotonic() - begin

        threading.Thread(target=go, daemon=True).start()

    def end(self):
        self.process.terminate()
        self.process.wait(20)


def mock(hallmark, core, folder):
    """The mock as a load target. `url` is its endpoint, `token` may read there."""
    ready = folder / "ready.json"
    ready.unlink(missing_ok=True)
    server = Server([hallmark, "mock", "--load", "--port", "0", "--seed", "7", "--ready-file", str(ready)], core)
    wait_for(ready.exists, "the mock")
    time.sleep(0.1)
    known = json.loads(ready.read_text())
    reader = next(one for one in known["credentials"] if one["name"] == "finance-ro")
    server.url, server.token = known["urls"]["mcp"], reader["token"]
    return server


def target(folder, url, token):
    """A target file for `hallmark load`: one credential, one read."""
    path = folder / "hallmark.yaml"
    os.environ["BENCH_TOKEN"] = token
    path.write_text(
        f'target: bench\nmcp: "{url}"\nprincipals:\n  reader: {{ bearer: "${{env.BENCH_TOKEN}}" }}\n'
        "probes:\n  read: { tool: workspace, arguments: { action: list } }\n"
    )
    return path


def message(stream):
    """One HTTP/1.1 message with a length: first line, fields, body."""
    line = stream.readline().decode("latin-1").rstrip()
    if not line:
        return None
    fields = []
    while text := stream.readline().decode("latin-1").rstrip():
        name, _, value = text.partition(":")
        fields.append((name, value.strip()))
    known = {name.lower(): value for name, value in fields}
    if known.get("transfer-encoding", "").lower() == "chunked":
        body = b""
        while size := int(stream.readline().split(b";")[0], 16):
            body += stream.read(size)
            stream.readline()
        stream.readline()
    else:
        body = stream.read(int(known.get("content-length", 0)))
    return line, fields, body


class Tap:
    """Relays to `port` and keeps what went over it."""

    def __init__(self, port):
        self.to, self.seen = port, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            peer, _ = self.listener.accept()
            threading.Thread(target=self.relay, args=(peer,), daemon=True).start()

    def relay(self, peer):
        server = socket.create_connection(("127.0.0.1", self.to))
        up, down = peer.makefile("rb"), server.makefile("rb")
        while request := message(up):
            server.sendall(self.text(request, f"127.0.0.1:{self.to}"))
            answer = message(down)
            if not answer:
                break
            self.seen.append((request, answer))
            peer.sendall(self.text(answer))
        peer.close()
        server.close()

    def text(self, of, host=None):
        line, fields, body = of
        kept = [(name, value) for name, value in fields if name.lower() not in ("host", "content-length", "transfer-encoding")]
        kept += [("Host", host)] * bool(host) + [("Content-Length", str(len(body)))]
        head = "".join(f"{name}: {value}\r\n" for name, value in kept)
        return f"{line}\r\n{head}\r\n".encode("latin-1") + body


class Call:
    """One `tools/call`: path, fields, body."""

    def __init__(self, request):
        line, fields, body = request
        self.path = line.split()[1]
        self.fields = [(name, value) for name, value in fields if name.lower() not in DERIVED]
        self.body = body.decode()
        self.id = json.loads(self.body)["id"]


def recorded(hallmark, folder):
    """What `hallmark load` sends to the mock and what is answered: the call, and the table of replay.c."""
    server = mock(hallmark, 0, folder)
    port = int(re.search(r":(\d+)/", server.url)[1])
    tap = Tap(port)
    aimed = target(folder, server.url.replace(f":{port}/", f":{tap.port}/"), server.token)
    log = folder / "recorded"
    command = [hallmark, "load", "--target", str(aimed), "--rate", "5/s", "--for", "1s", "--out", str(log), "--color", "never"]
    done = subprocess.run(command, capture_output=True, text=True)
    server.end()
    methods = {}
    for request, answer in tap.seen:
        line, _, body = request
        verb, path, _ = line.split()
        method = json.loads(body).get("method", "") if body else ""
        methods[(verb if body else f"{verb} {path}", method)] = (request, answer)
    if ("POST", "tools/call") not in methods:
        raise SystemExit(f"bench: no call was seen\n{done.stdout}{done.stderr}")
    return Call(methods[("POST", "tools/call")][0]), table(methods), methods[("POST", "tools/call")][1], server.token


def c_text(data):
    """A C string literal; octal escapes end after three digits."""
    return '"' + "".join(chr(b) if 32 <= b < 127 and chr(b) not in '"\\?' else f"\\{b:03o}" for b in data) + '"'


def table(methods):
    rows, accepted = [], None
    for (line, method), (request, (status, fields, body)) in methods.items():
        kept = "".join(f"{name}: {value}\r\n" for name, value in fields if name.lower() not in DERIVED)
        head = f"{status}\r\n{kept}".encode("latin-1")
        before, after = body, None
        sent = json.loads(request[2]).get("id") if request[2] else None
        if sent is not None:
            mark = b'"id":' + json.dumps(sent).encode()
            place = body.find(mark)
            if place >= 0:
                before, after = body[: place + 5], body[place + len(mark) :]
        row = ", ".join([c_text(line.encode()), c_text(method.encode()), c_text(head), c_text(before), c_text(after) if after is not None else "0"])
        if method.startswith("notifications/"):
            accepted = row
        else:
            rows.append(row)
    accepted = accepted or ", ".join(['"POST"', '""', c_text(b"HTTP/1.1 202 Accepted\r\n"), '""', "0"])
    lines = "".join(f"  {{ {row} }},\n" for row in rows)
    return f"static const struct answer accepted = {{ {accepted} }};\nstatic const struct answer answers[] = {{\n{lines}}};\n"


def build(folder, text):
    """replay.c with that table; None without a C compiler."""
    (folder / "table.h").write_text(text)
    program = folder / "replay"
    command = ["cc", "-O2", "-Wall", "-Wextra", f"-I{folder}", "-o", str(program), str(HERE / "replay.c")]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"bench: replay.c cannot be compiled\n{done.stderr}")
    return program


def replay(program, core, folder, token):
    port, log = free_port(), folder / "arrivals"
    log.unlink(missing_ok=True)
    server = Server([str(program), str(port), str(log)], core, log=log, token=token, url=f"http://127.0.0.1:{port}/")
    wait_for(lambda: answers(port), "the server")
    return server


def arrivals(server):
    """When each call came, in microseconds; the server has ended."""
    return [int(line) for line in server.log.read_text().split()]
