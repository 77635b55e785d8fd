"""A small FastMCP server: notes that belong to a team.

Tokens, canaries and port come from the environment, so that nothing secret stands here. With PUBLIC_KEY or JWKS_URI the
tokens are JWTs, otherwise they stand in a table. Everything else is the ordinary use that FastMCP's own documentation shows.
"""

import os
import uuid

from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.auth import RemoteAuthProvider, TokenVerifier, require_scopes
from fastmcp.server.auth.providers.jwt import JWTVerifier, StaticTokenVerifier
from fastmcp.server.dependencies import get_access_token

PORT = int(os.environ["PORT"])
BASE = f"http://127.0.0.1:{PORT}"
READ, WRITE = "mcp:read", "mcp:write"
READ_ONLY = {"readOnlyHint": True}
TEAMS = {"alice": "red", "bob": "blue"}
READER, WRITER, OUTSIDER = (os.environ[f"{who}_NAME"] for who in ("READER", "WRITER", "OUTSIDER"))


def table() -> TokenVerifier:
    """The callers by their token."""
    return StaticTokenVerifier(
        tokens={
            os.environ["READER_TOKEN"]: {"client_id": READER, "scopes": [READ]},
            os.environ["WRITER_TOKEN"]: {"client_id": WRITER, "scopes": [READ, WRITE]},
            os.environ["OUTSIDER_TOKEN"]: {"client_id": OUTSIDER, "scopes": [READ, WRITE]},
            os.environ["EXPIRED_TOKEN"]: {"client_id": READER, "scopes": [READ], "expires_at": 1_700_000_000},
        },
        required_scopes=[READ],
    )


def signed() -> TokenVerifier:
    """Tokens of an issuer whose key is known, made out to this endpoint."""
    return JWTVerifier(
        public_key=os.environ.get("PUBLIC_KEY"),
        jwks_uri=os.environ.get("JWKS_URI"),
        issuer=os.environ["ISSUER"],
        audience=f"{BASE}/mcp",
        required_scopes=[READ],
    )


verifier = signed() if {"PUBLIC_KEY", "JWKS_URI"} & os.environ.keys() else table()
issuer = os.environ["ISSUER"] if "JWKS_URI" in os.environ else BASE
auth = RemoteAuthProvider(token_verifier=verifier, authorization_servers=[issuer], base_url=BASE)
mcp = FastMCP("notes", auth=auth)

notes = {
    "red": {os.environ["RED_NOTE"]: f"the red team meets on Monday {os.environ['RED_CANARY']}"},
    "blue": {os.environ["BLUE_NOTE"]: f"the blue team meets on Friday {os.environ['BLUE_CANARY']}"},
}


def caller() -> str:
    """Whom the token names."""
    token = get_access_token()
    if token is None:
        raise ToolError("no caller")
    # Where people sign in, it is the person who calls, whatever program they use.
    return token.claims.get("sub", token.client_id) if "JWKS_URI" in os.environ else token.client_id


def own() -> dict[str, str]:
    """The notes of the caller's team: the first part of its name."""
    team = caller().split("-")[0]
    return notes[TEAMS.get(team, team)]


@mcp.tool(annotations=READ_ONLY)
def whoami() -> str:
    """Who is calling."""
    return caller()


@mcp.tool(annotations=READ_ONLY)
def echo(text: str) -> str:
    """Return the text."""
    return text


@mcp.tool(annotations=READ_ONLY, auth=require_scopes(READ))
def list_notes() -> list[dict[str, str]]:
    """The notes of the caller's team."""
    return [{"id": note, "text": text} for note, text in own().items()]


@mcp.tool(annotations=READ_ONLY, auth=require_scopes(READ))
def read_note(note: str) -> str:
    """One note of the caller's team."""
    if note not in own():
        raise ToolError("no such note")
    return own()[note]


@mcp.tool(annotations=READ_ONLY, auth=require_scopes(READ))
def search_notes(text: str) -> list[dict[str, str]]:
    """The notes of the caller's team that hold the text."""
    return [{"id": note, "text": held} for note, held in own().items() if text in held]


@mcp.tool(auth=require_scopes(WRITE))
def add_note(text: str) -> dict[str, str]:
    """Add a note for the caller's team."""
    note = str(uuid.uuid4())
    own()[note] = text
    return {"id": note}


@mcp.tool(auth=require_scopes(WRITE))
def remove_note(note: str) -> str:
    """Remove a note of the caller's team."""
    if own().pop(note, None) is None:
        raise ToolError("no such note")
    return "removed"


@mcp.resource("notes://{note}")
def note_resource(note: str) -> str:
    """One note of the caller's team."""
    return read_note(note)


if __name__ == "__main__":
    mcp.run(transport="http", host="127.0.0.1", port=PORT, show_banner=False, log_level="WARNING")
