"""A small FastMCP server with its in-memory authorization server in the same process, as FastMCP's tests use it."""

import os
import uuid

from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.auth import require_scopes
from fastmcp.server.auth.providers.in_memory import InMemoryOAuthProvider
from mcp.server.auth.settings import ClientRegistrationOptions, RevocationOptions

PORT = int(os.environ["PORT"])
READ, WRITE = "mcp:read", "mcp:write"
READ_ONLY = {"readOnlyHint": True}

auth = InMemoryOAuthProvider(
    base_url=f"http://127.0.0.1:{PORT}",
    required_scopes=[READ],
    client_registration_options=ClientRegistrationOptions(enabled=True, valid_scopes=[READ, WRITE], default_scopes=[READ]),
    revocation_options=RevocationOptions(enabled=True),
)
mcp = FastMCP("notes", auth=auth)
notes = {os.environ["RED_NOTE"]: f"the red team meets on Monday {os.environ['RED_CANARY']}"}


@mcp.tool(annotations=READ_ONLY, auth=require_scopes(READ))
def list_notes() -> list[dict[str, str]]:
    """All notes."""
    return [{"id": note, "text": text} for note, text in notes.items()]


@mcp.tool(auth=require_scopes(WRITE))
def add_note(text: str) -> dict[str, str]:
    """Add a note."""
    note = str(uuid.uuid4())
    notes[note] = text
    return {"id": note}


@mcp.tool(auth=require_scopes(WRITE))
def remove_note(note: str) -> str:
    """Remove a note."""
    if notes.pop(note, None) is None:
        raise ToolError("no such note")
    return "removed"


if __name__ == "__main__":
    mcp.run(transport="http", host="127.0.0.1", port=PORT, show_banner=False, log_level="WARNING")
