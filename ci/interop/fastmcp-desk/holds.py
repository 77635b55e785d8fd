"""Holds on tickets: while one key holds a ticket, no other changes it. A hold ends by itself, and with its key."""

import secrets
import threading
import time

from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.auth import AuthCheck
from fastmcp.server.dependencies import get_access_token
from fastmcp.server.middleware import Middleware, MiddlewareContext

SECONDS = 4
CHANGES = {"add_line", "close_ticket"}


class Holds(Middleware):
    """Who holds which ticket. Tools that change one ask here before they run."""

    def __init__(self, keys: dict[str, dict]):
        self.keys, self.held, self.one_at_a_time = keys, {}, threading.Lock()

    def holder(self, ticket: str) -> str | None:
        """The key that holds the ticket now."""
        held = self.held.get(ticket)
        return held["key"] if held and held["until"] > time.monotonic() and held["key"] in self.keys else None

    def take(self, ticket: str) -> dict[str, str | int]:
        """Tools run in threads: of many who ask at once one gets it."""
        key = get_access_token().token
        with self.one_at_a_time:
            if self.holder(ticket) is not None:
                raise ToolError("the ticket is held")
            self.held[ticket] = {"key": key, "hold": secrets.token_hex(16), "until": time.monotonic() + SECONDS}
            return {"hold": self.held[ticket]["hold"], "seconds": SECONDS}

    def own(self, ticket: str, hold: str) -> dict:
        """The caller's hold."""
        if self.holder(ticket) != get_access_token().token or self.held[ticket]["hold"] != hold:
            raise ToolError("you do not hold the ticket")
        return self.held[ticket]

    async def on_call_tool(self, context: MiddlewareContext, call_next):
        ticket = str((context.message.arguments or {}).get("ticket"))
        if context.message.name in CHANGES and self.holder(ticket) not in (None, get_access_token().token):
            raise ToolError("the ticket is held")
        return await call_next(context)


def add_hold_tools(mcp: FastMCP, keys: dict[str, dict], find, may_write: AuthCheck) -> None:
    """Serves holds; `find` gives a ticket that the caller may change."""
    holds = Holds(keys)
    mcp.add_middleware(holds)

    @mcp.tool(auth=may_write)
    def hold_ticket(ticket: str) -> dict[str, str | int]:
        """Keep others from changing a ticket for a while."""
        find(ticket, "write")
        return holds.take(ticket)

    @mcp.tool(auth=may_write)
    def keep_hold(ticket: str, hold: str) -> str:
        """Hold it for longer."""
        holds.own(ticket, hold)["until"] = time.monotonic() + SECONDS
        return "kept"

    @mcp.tool(auth=may_write)
    def release_hold(ticket: str, hold: str) -> str:
        """Let others change it again."""
        holds.own(ticket, hold)
        del holds.held[ticket]
        return "released"

    @mcp.tool(annotations={"readOnlyHint": True})
    def is_held(ticket: str) -> bool:
        """Whether somebody holds a ticket."""
        find(ticket)
        return holds.holder(ticket) is not None
