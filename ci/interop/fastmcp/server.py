"""A small FastMCP server with static tokens: notes that belong to a team.

Tokens and port come from the environment, so that nothing secret stands here. Everything else is the ordinary use
that FastMCP's own documentation shows.
"""

import os

from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.auth import RemoteAuthProvider, require_scopes
from fastmcp.server.auth.providers.jwt import StaticTokenVerifier
from fastmcp.server.dependencies import get_access_token

PORT = int(os.environ["PORT"])
BASE = f"http://127.0.0.1:{PORT}"

verifier = StaticTokenVerifier(
    tokens={
        os.environ["READER_TOKEN"]: {"client_id": "red-reader", "scopes": ["mcp:read"], "team": "red"},
        os.environ["WRITER_TOKEN"]: {"client_id": "red-writer", "scopes": ["mcp:read", "mcp:write"], "team": "red"},
        os.environ["OUTSIDER_TOKEN"]: {"client_id": "blue-writer", "scopes": ["mcp:read", "mcp:write"], "team": "blue"},
        os.environ["EXPIRED_TOKEN"]: {
            "client_id": "red-reader",
            "scopes": ["mcp:read"],
            "team": "red",
            "expires_at": 1_700_000_000,
        },
    },
    required_scopes=["mcp:read"],
)
auth = RemoteAuthProvider(token_verifier=verifier, authorization_servers=[BASE], base_url=BASE)
mcp = FastMCP("notes", auth=auth)

notes: dict[str, list[str]] = {"red": ["the red team meets on Monday"], "blue": ["the blue team meets on Friday"]}


def team() -> str:
    """The caller's team, from the token."""
    token = get_access_token()
    if token is None:
        raise ToolError("no caller")
    return token.claims["team"]


@mcp.tool(annotations={"readOnlyHint": True})
def whoami() -> dict[str, str]:
    """Who is calling."""
    token = get_access_token()
    if token is None:
        raise ToolError("no caller")
    return {"client": token.client_id, "team": token.claims["team"]}


@mcp.tool(annotations={"readOnlyHint": True})
def echo(text: str) -> str:
    """Return the text."""
    return text


@mcp.tool(annotations={"readOnlyHint": True}, auth=require_scopes("mcp:read"))
def list_notes() -> list[str]:
    """The notes of the caller's team."""
    return notes[team()]


@mcp.tool(auth=require_scopes("mcp:write"))
def add_note(text: str) -> str:
    """Add a note for the caller's team."""
    notes[team()].append(text)
    return f"note {len(notes[team()])}"


if __name__ == "__main__":
    mcp.run(transport="http", host="127.0.0.1", port=PORT, show_banner=False, log_level="WARNING")
