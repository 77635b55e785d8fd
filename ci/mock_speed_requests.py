#!/usr/bin/env python3
"""Writes a script for wrk: each identity of a mock lists its workspace, one after the other.

    ci/mock_speed_requests.py READY-FILE session|stateless key|oauth
"""

import json
import sys
import urllib.request

LATEST = "2025-11-25"
STATELESS = "2026-07-28"
META = "io.modelcontextprotocol/"


def headers(identity, credential):
    token = identity["key"] if credential == "key" else identity["oauth"]["access_token"]
    return {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
    }


def send(url, body, lines):
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), lines)) as answer:
        return answer.headers, answer.read()


def request(url, identity, era, credential):
    lines = headers(identity, credential)
    workspace = identity["workspace"]
    arguments = {"action": "list", "profile_type": "workspace", "profile_id": workspace}
    params = {"name": "storage", "arguments": arguments}
    if era == "session":
        client = {"protocolVersion": LATEST, "capabilities": {}, "clientInfo": {"name": "speed", "version": "1"}}
        told, _ = send(url, {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": client}, lines)
        lines |= {"Mcp-Session-Id": told["mcp-session-id"], "MCP-Protocol-Version": LATEST}
    else:
        lines |= {"MCP-Protocol-Version": STATELESS, "Mcp-Method": "tools/call", "Mcp-Name": "storage"}
        lines["Mcp-Param-Profile"] = workspace
        params["_meta"] = {META + "protocolVersion": STATELESS, META + "clientCapabilities": {}}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    _, answer = send(url, body, lines)
    assert identity["canaries"][0].encode() in answer, answer
    return lines, json.dumps(body, separators=(",", ":"))


def main():
    ready, era, credential = sys.argv[1:]
    with open(ready) as file:
        world = json.load(file)
    quoted = json.dumps
    print("local requests = {}\nfunction init()")
    for identity in world["identities"][:32]:
        lines, body = request(world["urls"]["mcp"], identity, era, credential)
        table = ",".join(f"[{quoted(name)}]={quoted(value)}" for name, value in lines.items())
        print(f'requests[#requests+1] = wrk.format("POST", "/mcp/oauth", {{{table}}}, {quoted(body)})')
    print("end\nlocal n = 0\nfunction request() n = n + 1; return requests[n % #requests + 1] end")


main()
