"""The trail: which key did what to which ticket, and what became of keys. Reading, searching and refusals are in it."""

import time
import uuid

from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.auth.providers.jwt import StaticTokenVerifier
from fastmcp.server.dependencies import get_access_token
from fastmcp.server.middleware import Middleware, MiddlewareContext

KINDS = {
    "read_ticket": "read",
    "search_tickets": "found",
    "open_ticket": "written",
    "add_line": "written",
    "close_ticket": "deleted",
    "create_key": "made",
    "change_key": "changed",
    "rotate_key": "rotated",
    "revoke_key": "revoked",
}
READ_ONLY = {"readOnlyHint": True}


class Trail(Middleware):
    """Entries, the newest first."""

    def __init__(self, keys: dict[str, dict], tickets: dict[str, dict]):
        self.keys, self.tickets, self.entries, self.queues, self.gone = keys, tickets, [], {}, {}
        for ticket in tickets:
            self.note({"client_id": "import"}, "written", ticket)

    def note(self, held: dict, kind: str, about: str | None) -> None:
        """One entry. A key is named by its id, never by itself; a closed ticket keeps its queue."""
        if about in self.tickets:
            self.queues[about] = self.tickets[about]["queue"]
        who = {"key": held.get("id", held["client_id"]), "person": held["client_id"]}
        entry = {"id": str(uuid.uuid4()), "at": int(time.time()), **who, "kind": kind, "about": about, "queue": self.queues.get(about)}
        self.entries.insert(0, entry)

    async def on_call_tool(self, context: MiddlewareContext, call_next):
        name, given, token = context.message.name, context.message.arguments or {}, get_access_token().token
        held = self.gone.setdefault(token, self.keys.get(token) or {"client_id": get_access_token().client_id})
        about = given.get("ticket") or given.get("key")
        about = about if isinstance(about, str) else None
        try:
            result = await call_next(context)
        except Exception:
            self.note(held, "denied", about)
            raise
        said = getattr(result, "structured_content", None) or {}
        abouts = [about or said.get("id")]
        if name == "search_tickets":
            abouts = [ticket["id"] for ticket in said["tickets"]]
        for one in abouts if name in KINDS else ():
            self.note(held, KINDS[name], one)
        return result


class Verifier(StaticTokenVerifier):
    """Notes when a key is tried that worked once."""

    def __init__(self, trail: Trail):
        super().__init__(tokens=trail.keys)
        self.trail = trail

    async def verify_token(self, token: str):
        found = await super().verify_token(token)
        if found is None and token in self.trail.gone:
            self.trail.note(self.trail.gone[token], "failed", None)
        return found


def add_trail_tools(mcp: FastMCP, keys: dict[str, dict], tickets: dict[str, dict], holds) -> None:
    """Serves the trail to those who may read what it is about."""
    trail = Trail(keys, tickets)
    mcp.add_middleware(trail)
    mcp.auth = Verifier(trail)

    @mcp.tool(annotations=READ_ONLY)
    def ticket_trail(ticket: str) -> dict[str, list[dict]]:
        """What was done to a ticket, also to one that is closed."""
        if not holds("read", trail.queues.get(ticket) or ""):
            raise ToolError("no such ticket")
        return {"entries": [entry for entry in trail.entries if entry["about"] == ticket]}

    @mcp.tool(annotations=READ_ONLY)
    def queue_trail(queue: str) -> dict[str, list[dict]]:
        """What was done in a queue, the newest 50."""
        if not holds("read", queue):
            raise ToolError("no such queue")
        return {"entries": [entry for entry in trail.entries if entry["queue"] == queue][:50]}

    @mcp.tool(annotations=READ_ONLY)
    def my_trail(key: str | None = None) -> dict[str, list[dict]]:
        """What the caller's own keys did, or one of them."""
        own = [entry for entry in trail.entries if entry["person"] == get_access_token().client_id]
        return {"entries": [entry for entry in own if key in (None, entry["key"])][:500]}
