"""A small server on the MCP Python SDK with a token verifier: notes that belong to a team.

Tokens, canaries and port come from the environment; with TRANSPORT=sse it speaks HTTP+SSE alone. The SDK has no scope per tool, so `add_note` refuses as a tool
does: with an error in its result.
"""

import os
import uuid

from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken, TokenVerifier
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver import MCPServer
from mcp.types import ToolAnnotations

PORT = int(os.environ["PORT"])
BASE = f"http://127.0.0.1:{PORT}"
TRANSPORT = os.environ.get("TRANSPORT", "streamable-http")
ENDPOINT = f"{BASE}/sse" if TRANSPORT == "sse" else f"{BASE}/mcp"
READ, WRITE = "mcp:read", "mcp:write"
READ_ONLY = ToolAnnotations(read_only_hint=True)
READER, WRITER, OUTSIDER = (os.environ[f"{who}_NAME"] for who in ("READER", "WRITER", "OUTSIDER"))

tokens = {
    os.environ["READER_TOKEN"]: (READER, [READ], None),
    os.environ["WRITER_TOKEN"]: (WRITER, [READ, WRITE], None),
    os.environ["OUTSIDER_TOKEN"]: (OUTSIDER, [READ, WRITE], None),
    os.environ["EXPIRED_TOKEN"]: (READER, [READ], 1_700_000_000),
}
notes = {
    "red": {os.environ["RED_NOTE"]: f"the red team meets on Monday {os.environ['RED_CANARY']}"},
    "blue": {os.environ["BLUE_NOTE"]: f"the blue team meets on Friday {os.environ['BLUE_CANARY']}"},
}


class TableVerifier(TokenVerifier):
    """Looks tokens up in the table; the SDK's middleware judges expiry and scopes."""

    async def verify_token(self, token: str) -> AccessToken | None:
        if token not in tokens:
            return None
        client, scopes, expires_at = tokens[token]
        return AccessToken(token=token, client_id=client, scopes=scopes, expires_at=expires_at, resource=ENDPOINT)


mcp = MCPServer(
    "notes",
    version="1",
    log_level="WARNING",
    token_verifier=TableVerifier(),
    auth=AuthSettings(issuer_url=BASE, resource_server_url=ENDPOINT, required_scopes=[READ]),
)


def caller() -> AccessToken:
    """The token of the call that is being served."""
    token = get_access_token()
    if token is None:
        raise PermissionError("no caller")
    return token


def own() -> dict[str, str]:
    """The notes of the caller's team: the first part of its name."""
    return notes[caller().client_id.split("-")[0]]


def may_write() -> None:
    """Refuses a caller without the scope."""
    if WRITE not in caller().scopes:
        raise PermissionError(f"insufficient_scope: {WRITE}")


@mcp.tool(annotations=READ_ONLY)
def whoami() -> str:
    """Who is calling."""
    return caller().client_id


@mcp.tool(annotations=READ_ONLY)
def echo(text: str) -> str:
    """Return the text."""
    return text


@mcp.tool(annotations=READ_ONLY)
def list_notes() -> list[dict[str, str]]:
    """The notes of the caller's team."""
    return [{"id": note, "text": text} for note, text in own().items()]


@mcp.tool(annotations=READ_ONLY)
def read_note(note: str) -> str:
    """One note of the caller's team."""
    if note not in own():
        raise LookupError("no such note")
    return own()[note]


@mcp.tool(annotations=READ_ONLY)
def search_notes(text: str) -> list[dict[str, str]]:
    """The notes of the caller's team that hold the text."""
    return [{"id": note, "text": held} for note, held in own().items() if text in held]


@mcp.tool()
def add_note(text: str) -> dict[str, str]:
    """Add a note for the caller's team."""
    may_write()
    note = str(uuid.uuid4())
    own()[note] = text
    return {"id": note}


@mcp.tool()
def remove_note(note: str) -> str:
    """Remove a note of the caller's team."""
    may_write()
    if own().pop(note, None) is None:
        raise LookupError("no such note")
    return "removed"


@mcp.resource("notes://{note}")
def note_resource(note: str) -> str:
    """One note of the caller's team."""
    return read_note(note)


if __name__ == "__main__":
    mcp.run(transport=TRANSPORT, host="127.0.0.1", port=PORT)
