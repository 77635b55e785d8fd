"""A help desk that two companies share: tickets in queues. The scopes of a key name the queues it may read or write."""

import os
import uuid

from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.auth import AuthCheck
from fastmcp.server.auth.providers.jwt import StaticTokenVerifier
from fastmcp.server.dependencies import get_access_token

PORT = int(os.environ["PORT"])
READ_ONLY = {"readOnlyHint": True}

keys = {
    os.environ["READER_TOKEN"]: {"client_id": "rosa@willow-51c07e.example", "scopes": ["willow-billing:read"]},
    os.environ["WRITER_TOKEN"]: {"client_id": "walt@willow-51c07e.example", "scopes": ["willow-billing:read", "willow-billing:write"]},
    os.environ["OUTSIDER_TOKEN"]: {"client_id": "olga@cedar-c2f6a1.example", "scopes": ["cedar-billing:read", "cedar-billing:write"]},
}
tickets = {
    "6f1c2b9e-5a07-4a83-9d3e-0c6a7f1b2d10": {"queue": "willow-billing", "text": "invoice 1042 charged twice, ref willow-4e19b7c0"},
    "0b7e4d35-91fc-4c0e-8a26-73d5e8f4c911": {"queue": "willow-hardware", "text": "printer invoice missing, ref willow-d80a52f3"},
    "e2a94c71-3f68-4d1b-b5c0-19e7a6d8f452": {"queue": "cedar-billing", "text": "invoice 77 refunded late, ref cedar-a35f90d2"},
}

mcp = FastMCP("desk", auth=StaticTokenVerifier(tokens=keys))


def holds(what: str, queue: str) -> bool:
    """Whether the caller's key has the scope for it."""
    token = get_access_token()
    return token is not None and f"{queue}:{what}" in token.scopes


def may(what: str) -> AuthCheck:
    """A tool for those who may do `what` in some queue; others do not even see it."""
    return lambda context: context.token is not None and any(scope.endswith(f":{what}") for scope in context.token.scopes)


def find(ticket: str, what: str = "read") -> dict[str, str]:
    """A ticket that the caller may do `what` with."""
    if ticket not in tickets or not holds(what, tickets[ticket]["queue"]):
        raise ToolError("no such ticket")
    return {"id": ticket, **tickets[ticket]}


def shown(chosen: list[str]) -> dict[str, object]:
    """Of these tickets the ones that the caller may read."""
    readable = [find(ticket) for ticket in chosen if holds("read", tickets[ticket]["queue"])]
    return {"tickets": readable, "total": len(readable)}


@mcp.tool(annotations=READ_ONLY)
def whoami() -> str:
    """Whose key it is."""
    return get_access_token().client_id


@mcp.tool(annotations=READ_ONLY, auth=may("read"))
def list_tickets(queue: str) -> dict[str, object]:
    """The tickets of a queue."""
    if not holds("read", queue):
        raise ToolError("no such queue")
    return shown([ticket for ticket, held in tickets.items() if held["queue"] == queue])


@mcp.tool(annotations=READ_ONLY, auth=may("read"))
def read_ticket(ticket: str) -> dict[str, str]:
    """One ticket."""
    return find(ticket)


@mcp.tool(annotations=READ_ONLY, auth=may("read"))
def search_tickets(text: str, limit: int = 20) -> dict[str, object]:
    """The tickets that hold the text, in all queues that the caller may read."""
    found = shown([ticket for ticket, held in tickets.items() if text.lower() in held["text"].lower()])
    return {**found, "tickets": found["tickets"][:limit]}


@mcp.tool(auth=may("write"))
def open_ticket(queue: str, text: str) -> dict[str, str]:
    """Put a ticket into a queue."""
    if not holds("write", queue):
        raise ToolError("no such queue")
    ticket = str(uuid.uuid4())
    tickets[ticket] = {"queue": queue, "text": text}
    return {"id": ticket}


@mcp.tool(auth=may("write"))
def close_ticket(ticket: str) -> str:
    """Take a ticket off its queue."""
    find(ticket, "write")
    del tickets[ticket]
    return "closed"


if __name__ == "__main__":
    mcp.run(transport="http", host="127.0.0.1", port=PORT, host_origin_protection=True, show_banner=False, log_level="WARNING")
