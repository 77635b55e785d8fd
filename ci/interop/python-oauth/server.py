"""A small server on the MCP Python SDK with the SDK's authorization server in the same process.

The handlers of /authorize, /token, /register and /revoke, the metadata and the bearer check are the SDK's. What is
stored behind them stands in store.py, as the SDK leaves that to whoever uses it.
"""

import os
import uuid

from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.settings import AuthSettings, ClientRegistrationOptions, RevocationOptions
from mcp.server.mcpserver import MCPServer
from mcp.types import ToolAnnotations
from store import Store

PORT = int(os.environ["PORT"])
BASE = f"http://127.0.0.1:{PORT}"
ENDPOINT = f"{BASE}/mcp"
READ, WRITE = "mcp:read", "mcp:write"
READ_ONLY = ToolAnnotations(read_only_hint=True)

notes = {os.environ["RED_NOTE"]: f"the red team meets on Monday {os.environ['RED_CANARY']}"}
mcp = MCPServer(
    "notes",
    version="1",
    log_level="WARNING",
    auth_server_provider=Store(ENDPOINT, default_scopes=[READ]),
    auth=AuthSettings(
        issuer_url=BASE,
        resource_server_url=ENDPOINT,
        required_scopes=[READ],
        validate_token_resource=True,
        client_registration_options=ClientRegistrationOptions(enabled=True, valid_scopes=[READ, WRITE], default_scopes=[READ]),
        revocation_options=RevocationOptions(enabled=True),
    ),
)


def may_write() -> None:
    """Refuses a caller without the scope."""
    token = get_access_token()
    if token is None or WRITE not in token.scopes:
        raise PermissionError(f"insufficient_scope: {WRITE}")


@mcp.tool(annotations=READ_ONLY)
def list_notes() -> list[dict[str, str]]:
    """All notes."""
    return [{"id": note, "text": text} for note, text in notes.items()]


@mcp.tool()
def add_note(text: str) -> dict[str, str]:
    """Add a note."""
    may_write()
    note = str(uuid.uuid4())
    notes[note] = text
    return {"id": note}


@mcp.tool()
def remove_note(note: str) -> str:
    """Remove a note."""
    may_write()
    if notes.pop(note, None) is None:
        raise LookupError("no such note")
    return "removed"


if __name__ == "__main__":
    mcp.run(transport="streamable-http", host="127.0.0.1", port=PORT)
