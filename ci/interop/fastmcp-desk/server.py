"""The desk of the tutorial as it grows: more callers, keys that they manage themselves, people, holds, a trail, resources."""

import asyncio
import os

from fastmcp import Context
from fastmcp.exceptions import ToolError
from fastmcp.server.auth import require_scopes
from fastmcp.server.dependencies import get_access_token
from mcp_types import ElicitRequest, ElicitRequestFormParams, InputRequiredResult

import desk
from desk import READ_ONLY, find, holds, keys, mcp, shown, tickets
from holds import add_hold_tools
from keys import add_key_tools
from trail import add_trail_tools

BILLING = ["willow-billing:read", "willow-billing:write"]
HARDWARE = ["willow-hardware:read", "willow-hardware:write"]
WILLOW = {
    "full": [*BILLING, *HARDWARE, "keys:manage"],
    "support": ["willow-hardware:read"],
    "mixed": [*BILLING, "willow-hardware:read"],
    "minter": [*BILLING, "keys:manage"],
    "admin": ["people:manage"],
    "second": BILLING,
    "adjustable": BILLING,
    "leaver": BILLING,
    "visitor": BILLING,
    "scopeless": [],
    "expired": BILLING,
}
for name, scopes in WILLOW.items():
    keys[os.environ[f"{name.upper()}_TOKEN"]] = {"client_id": f"{name}@willow-51c07e.example", "scopes": scopes}
keys[os.environ["EXPIRED_TOKEN"]]["expires_at"] = 1_700_000_000

add_key_tools(mcp, keys)
add_trail_tools(mcp, keys, tickets, holds)
add_hold_tools(mcp, keys, find, desk.may("write"))
people = {queue: [] for queue in ("willow-billing", "willow-hardware", "cedar-billing")}
exports = {}


@mcp.tool(annotations=READ_ONLY, auth=desk.may("read"))
def page_tickets(queue: str, after: int = 0) -> dict:
    """The tickets of a queue, two at a time; `next` is where the next page begins."""
    if not holds("read", queue):
        raise ToolError("no such queue")
    every = shown([ticket for ticket, held in tickets.items() if held["queue"] == queue])["tickets"]
    following = after + 2
    return {"tickets": every[after:following], "next": following if following < len(every) else None}


@mcp.tool(auth=desk.may("write"))
def open_in_queues(queues: list[str], text: str) -> list[dict[str, str]]:
    """Put a ticket into several queues at once, or into none."""
    if not all(holds("write", queue) for queue in queues):
        raise ToolError("no such queue")
    return [desk.open_ticket(queue, text) for queue in queues]


@mcp.tool(auth=desk.may("write"))
async def triage(queue: str, text: str, context: Context) -> dict[str, str]:
    """Look at it for a moment, then put it into a queue."""
    for step in range(4):
        await context.report_progress(step, 4)
        await asyncio.sleep(0.1)
    return desk.open_ticket(queue, text)


@mcp.tool(annotations=READ_ONLY, auth=desk.may("read"))
async def pick_ticket(queue: str, context: Context) -> dict[str, str] | InputRequiredResult:
    """Ask the user which ticket of a queue it is, and show it."""
    offered = [ticket["id"] for ticket in desk.list_tickets(queue)["tickets"]]
    picked = (context.input_responses or {}).get("ticket")
    if picked is None:
        schema = {"type": "object", "properties": {"ticket": {"type": "string", "enum": offered}}, "required": ["ticket"]}
        question = ElicitRequestFormParams(message="Which one?", requested_schema=schema)
        return InputRequiredResult(input_requests={"ticket": ElicitRequest(params=question)})
    return find(picked.content["ticket"]) if picked.action == "accept" else {}


@mcp.tool(auth=desk.may("write"))
def add_line(ticket: str, text: str) -> dict[str, str]:
    """Write a line below a ticket."""
    find(ticket, "write")
    tickets[ticket]["text"] += f"\n{text}"
    return find(ticket)


@mcp.tool(auth=desk.may("read"))
def start_export() -> dict[str, str]:
    """Begin to collect the caller's tickets; `read_export` gives them."""
    export = os.urandom(16).hex()
    exports[export] = get_access_token().client_id
    return {"export": export}


@mcp.tool(annotations=READ_ONLY, auth=desk.may("read"))
def read_export(export: str) -> dict:
    """What was collected."""
    if exports.get(export) != get_access_token().client_id:
        raise ToolError("no such export")
    return shown(list(tickets))


@mcp.tool(auth=require_scopes("people:manage"))
def add_person(queue: str, person: str) -> dict[str, list[str]]:
    """Put a person into a queue's list."""
    people[queue].append(person)
    return {"people": people[queue]}


@mcp.tool(auth=require_scopes("people:manage"))
def remove_person(queue: str, person: str) -> str:
    """Take a queue from a person."""
    for held in keys.values():
        if held["client_id"] == person:
            held["scopes"] = [scope for scope in held["scopes"] if not scope.startswith(f"{queue}:")]
    return "removed"


@mcp.tool(auth=require_scopes("people:manage"))
def set_scopes(person: str, scopes: list[str]) -> str:
    """Say what a person's keys may do from now on."""
    for held in keys.values():
        if held["client_id"] == person:
            held["scopes"] = scopes
    return "set"


@mcp.tool(auth=require_scopes("people:manage"))
def close_account(person: str) -> str:
    """End all keys of a person."""
    for token in [token for token, held in keys.items() if held["client_id"] == person]:
        del keys[token]
    return "closed"


@mcp.resource("ticket://{ticket}")
def ticket_resource(ticket: str) -> str:
    """One ticket."""
    return find(ticket)["text"]


@mcp.completion
def complete(reference, argument, context):
    """Ids of tickets that the caller may read."""
    return [held["id"] for held in shown(list(tickets))["tickets"] if held["id"].startswith(argument.value)]


if __name__ == "__main__":
    mcp.run(transport="http", host="127.0.0.1", port=desk.PORT, host_origin_protection=True, show_banner=False, log_level="WARNING")
