"""The tools: where they are, how each makes the same calls, how its words are read.

`closed` and `open` give a command, or None where a tool has no such thing; `read` gives what it says: requests, p50 and
p99 in milliseconds. Each sends the same path, fields and body; only Hallmark gives every call an id of its own and
reads the answers.
"""

import json
import os
import pathlib
import re
import shutil

from server import target

HERE = pathlib.Path(__file__).resolve().parent


class Tool:
    name = ""
    # What it looks at of an answer.
    checks = "status"

    def __init__(self, at, folder, call):
        self.at, self.folder, self.call = at, folder, call

    @classmethod
    def find(cls, homes):
        """Its program, or None: `NAME` in the environment, then where run.sh installs, then PATH."""
        given = os.environ.get(cls.name.upper().replace(" ", "_"))
        places = [given, *(str(home / place) for home in homes for place in cls.places())]
        return next((place for place in places if place and os.access(place, os.X_OK)), None) or shutil.which(cls.name)

    @classmethod
    def places(cls):
        return []

    def about(self, server):
        """Full URL and header fields of the call, with this server's token."""
        base = server.url.split("/", 3)
        fields = [(n, f"Bearer {server.token}" if n.lower() == "authorization" else v) for n, v in self.call.fields]
        return f"{base[0]}//{base[2]}{self.call.path}", fields

    def closed(self, server, connections, seconds):
        return None

    def open(self, server, rate, connections, seconds):
        return None

    def headers(self, fields, option="-H"):
        return [part for name, value in fields for part in (option, f"{name}: {value}")]

    def body(self):
        path = self.folder / "body.json"
        path.write_text(self.call.body)
        return path


class Hallmark(Tool):
    name = "hallmark"
    checks = "every answer, typed; ids its own"

    def base(self, server, seconds):
        self.out = self.folder / "hallmark-out"
        aimed = target(self.folder, self.about(server)[0], server.token)
        return [self.at, "load", "--target", str(aimed), "--for", f"{seconds}s", "--out", str(self.out), "--color", "never", "--seed", "7", "--cores", "1"]

    def closed(self, server, connections, seconds):
        return [*self.base(server, seconds), "--users", str(connections)]

    def open(self, server, rate, connections, seconds):
        return [*self.base(server, seconds), "--rate", f"{rate}/s"]

    def read(self, ran):
        record = json.loads((self.out / "record.json").read_text())
        load = record["load"]
        response = load["overall"]["response"]
        said = {"requests": load["sent"], "p50_ms": response["p50"] / 1e3, "p99_ms": response["p99"] / 1e3}
        said["valid"] = load["valid"]
        said["invalid_because"] = load.get("invalid_because", [])
        said["errors"] = load["asked"] - load["achieved"]
        return said


class HallmarkPaced(Hallmark):
    """The other model, as near to a closed loop as it comes: more calls are due than can be answered, so that each
    connection has the next one at once. Its run is not valid, and its times are those of the backlog."""

    name = "hallmark at 200,000/s"

    def closed(self, server, connections, seconds):
        return [*self.base(server, seconds), "--rate", "200000/s", "--max-in-flight", str(connections)]

    def open(self, server, rate, connections, seconds):
        return None


class Wrk(Tool):
    name = "wrk"
    checks = "status"

    def script(self, fields):
        path = self.folder / "call.lua"
        quoted = "\n".join(f"wrk.headers[{json.dumps(n)}] = {json.dumps(v)}" for n, v in fields)
        path.write_text(f'wrk.method = "POST"\nwrk.body = [==[{self.call.body}]==]\n{quoted}\n{self.check()}')
        return path

    def check(self):
        return ""

    def closed(self, server, connections, seconds):
        url, fields = self.about(server)
        return [self.at, "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(self.script(fields)), url]

    def read(self, ran):
        requests = int(re.search(r"(\d+) requests in", ran.out)[1])
        bad = re.search(r"Non-2xx or 3xx responses: (\d+)", ran.out)
        found = {q: re.search(rf"\b{q}%\s+([\d.]+)(us|ms|s)", ran.out) for q in (50, 99)}
        scale = {"us": 1e-3, "ms": 1, "s": 1e3}
        said = {f"p{q}_ms": float(m[1]) * scale[m[2]] for q, m in found.items() if m}
        return {"requests": requests, "errors": int(bad[1]) if bad else 0, **said}


class WrkLua(Wrk):
    """wrk made to do the same: an id of its own per call, the answer looked at."""

    name = "wrk with Lua"
    checks = "id and result, by Lua"

    @classmethod
    def find(cls, homes):
        return Wrk.find(homes)

    def check(self):
        before, after = re.split(rf'(?<="id":){re.escape(json.dumps(self.call.id))}', self.call.body, maxsplit=1)
        return f"""
local n = 1000000000000
function request()
  n = n + 1
  return wrk.format(nil, nil, nil, [==[{before}]==] .. string.format("%d", n) .. [==[{after}]==])
end
function response(status, headers, body)
  if status ~= 200 or not body:find('"id":%d+') or not body:find('"result":', 1, true) then bad = (bad or 0) + 1 end
end
"""


class Wrk2(Wrk):
    name = "wrk2"

    def closed(self, server, connections, seconds):
        return None

    def open(self, server, rate, connections, seconds):
        return [*Wrk.closed(self, server, connections, seconds)[:-1], f"-R{rate}", Wrk.closed(self, server, connections, seconds)[-1]]


class Hey(Tool):
    name = "hey"

    def closed(self, server, connections, seconds):
        url, fields = self.about(server)
        return [self.at, "-z", f"{seconds}s", "-c", str(connections), "-cpus", "1", "-m", "POST", "-T", "application/json", "-D", str(self.body()), *self.headers(fields), url]

    def open(self, server, rate, connections, seconds):
        command = self.closed(server, connections, seconds)
        return [*command[:-1], "-q", str(rate / connections), command[-1]]

    def read(self, ran):
        counts = [int(n) for n in re.findall(r"\[2\d\d\]\s+(\d+) responses", ran.out)]
        others = [int(n) for n in re.findall(r"\[[^2]\d\d\]\s+(\d+) responses", ran.out)]
        found = {q: re.search(rf"\b{q}%\d*\s+in ([\d.]+) secs", ran.out) for q in (50, 99)}
        said = {f"p{q}_ms": float(m[1]) * 1e3 for q, m in found.items() if m}
        return {"requests": sum(counts) + sum(others), "errors": sum(others), **said}


class H2load(Tool):
    name = "h2load"

    def closed(self, server, connections, seconds):
        url, fields = self.about(server)
        self.log = self.folder / "h2load.log"
        self.log.unlink(missing_ok=True)
        return [self.at, "--h1", "-t", "1", "-c", str(connections), "-D", str(seconds), "-d", str(self.body()), *self.headers(fields), url]

    def open(self, server, rate, connections, seconds):
        command = self.closed(server, connections, seconds)
        return [*command[:-1], "--rps", str(rate / connections), "--log-file", str(self.log), command[-1]]

    def read(self, ran):
        total, errors = re.search(r"requests: \d+ total, \d+ started, (\d+) done, \d+ succeeded, (\d+) failed", ran.out).groups()
        said = {"requests": int(total), "errors": int(errors)}
        if self.log.exists():
            took = sorted(int(line.split("\t")[2]) for line in self.log.read_text().splitlines())
            said.update(p50_ms=took[len(took) // 2] / 1e3, p99_ms=took[len(took) * 99 // 100] / 1e3)
        return said


class Autocannon(Tool):
    name = "autocannon"

    @classmethod
    def places(cls):
        return ["autocannon/node_modules/.bin/autocannon"]

    def closed(self, server, connections, seconds):
        url, fields = self.about(server)
        return [self.at, "-j", "-n", "-m", "POST", "-c", str(connections), "-d", str(seconds), "-i", str(self.body()), *self.headers(fields), url]

    def open(self, server, rate, connections, seconds):
        command = self.closed(server, connections, seconds)
        return [*command[:-1], "-R", str(rate), command[-1]]

    def read(self, ran):
        said = json.loads(ran.out[ran.out.index("{") :])
        latency = said["latency"]
        return {"requests": said["2xx"] + said["non2xx"], "errors": said["errors"] + said["non2xx"], "p50_ms": latency["p50"], "p99_ms": latency["p99"]}


class Locust(Tool):
    name = "locust"

    @classmethod
    def places(cls):
        return ["locust/bin/locust"]

    def command(self, server, connections, seconds, each):
        url, fields = self.about(server)
        known = {"url": url, "fields": fields, "body": self.call.body, "each": each}
        (self.folder / "locust.json").write_text(json.dumps(known))
        os.environ["BENCH_CALL"] = str(self.folder / "locust.json")
        return [
            self.at, "-f", str(HERE / "locustfile.py"), "--headless", "--only-summary", "--json-file", str(self.folder / "locust-said"), "-u", str(connections), "-r", str(connections),
            "-t", f"{seconds}s", "--stop-timeout", "0", "-H", url.rsplit("/", 1)[0],
        ]

    def closed(self, server, connections, seconds):
        return self.command(server, connections, seconds, 0)

    def open(self, server, rate, connections, seconds):
        return self.command(server, connections, seconds, rate / connections)

    def read(self, ran):
        (whole,) = json.loads((self.folder / "locust-said.json").read_text())
        times = sorted((float(ms), n) for ms, n in whole["response_times"].items())

        def quantile(share):
            left = share * whole["num_requests"]
            for ms, n in times:
                left -= n
                if left <= 0:
                    return ms

        return {"requests": whole["num_requests"], "errors": whole["num_failures"], "p50_ms": quantile(0.5), "p99_ms": quantile(0.99)}


class Oha(Tool):
    name = "oha"

    @classmethod
    def places(cls):
        return ["oha/bin/oha"]

    def closed(self, server, connections, seconds):
        url, fields = self.about(server)
        return [self.at, "--no-tui", "--output-format", "json", "-z", f"{seconds}s", "-c", str(connections), "-m", "POST", "-D", str(self.body()), *self.headers(fields), url]

    def open(self, server, rate, connections, seconds):
        command = self.closed(server, connections, seconds)
        return [*command[:-1], "-q", str(rate), "--latency-correction", command[-1]]

    def read(self, ran):
        said = json.loads(ran.out[ran.out.index("{") :])
        counts = said["statusCodeDistribution"]
        latency = said["latencyPercentiles"]
        good = sum(n for code, n in counts.items() if code.startswith("2"))
        return {"requests": sum(counts.values()), "errors": sum(counts.values()) - good, "p50_ms": latency["p50"] * 1e3, "p99_ms": latency["p99"] * 1e3}


class Vegeta(Tool):
    name = "vegeta"

    def attack(self, server, seconds, *options):
        url, fields = self.about(server)
        targets = self.folder / "vegeta.targets"
        head = "".join(f"{name}: {value}\n" for name, value in fields)
        targets.write_text(f"POST {url}\n{head}@{self.body()}\n")
        attack = " ".join([self.at, "attack", f"-duration={seconds}s", f"-targets={targets}", *options])
        return ["sh", "-c", f"{attack} | {self.at} report -type=json"]

    def closed(self, server, connections, seconds):
        return self.attack(server, seconds, "-rate=0", f"-max-workers={connections}", f"-workers={connections}")

    def open(self, server, rate, connections, seconds):
        return self.attack(server, seconds, f"-rate={rate}")

    def read(self, ran):
        said = json.loads(ran.out)
        good = sum(n for code, n in said["status_codes"].items() if code.startswith("2"))
        latency = said["latencies"]
        return {"requests": said["requests"], "errors": said["requests"] - good, "p50_ms": latency["50th"] / 1e6, "p99_ms": latency["99th"] / 1e6}


class K6(Tool):
    name = "k6"

    def command(self, server, seconds, how):
        url, fields = self.about(server)
        script = self.folder / "call.js"
        script.write_text(
            "import http from 'k6/http';\n"
            f"export const options = {{ discardResponseBodies: true, scenarios: {{ call: {json.dumps(how)} }}, summaryTrendStats: ['p(50)', 'p(99)'] }};\n"
            f"const headers = {json.dumps(dict(fields))}, body = {json.dumps(self.call.body)};\n"
            f"export default function () {{ http.post({json.dumps(url)}, body, {{ headers }}); }}\n"
        )
        return [self.at, "run", "--quiet", "--no-usage-report", "--summary-export", str(self.folder / "k6.json"), str(script)]

    def closed(self, server, connections, seconds):
        return self.command(server, seconds, {"executor": "constant-vus", "vus": connections, "duration": f"{seconds}s"})

    def open(self, server, rate, connections, seconds):
        how = {"executor": "constant-arrival-rate", "rate": rate, "duration": f"{seconds}s", "preAllocatedVUs": connections, "maxVUs": connections}
        return self.command(server, seconds, how)

    def read(self, ran):
        metrics = json.loads((self.folder / "k6.json").read_text())["metrics"]
        took = metrics["http_req_duration"]
        return {"requests": metrics["http_reqs"]["count"], "errors": metrics["http_req_failed"]["passes"], "p50_ms": took["p(50)"], "p99_ms": took["p(99)"]}


ALL = [Hallmark, HallmarkPaced, Wrk, WrkLua, H2load, Oha, Hey, Autocannon, Vegeta, Wrk2, K6, Locust]
