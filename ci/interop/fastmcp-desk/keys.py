"""API keys that their owners make, list, change, rotate and revoke themselves: tools for the scope `keys:manage`."""

import secrets
import time
import uuid

from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.auth import require_scopes
from fastmcp.server.dependencies import get_access_token
from fastmcp.server.middleware import Middleware, MiddlewareContext

READ_ONLY = {"readOnlyHint": True}
MANAGE = require_scopes("keys:manage")
OVERLAP = 60


class LastUse(Middleware):
    """Notes when each key was last used."""

    def __init__(self, keys: dict[str, dict]):
        self.keys = keys

    async def on_request(self, context: MiddlewareContext, call_next):
        held = self.keys.get(get_access_token().token)
        if held is not None:
            held["used"] = int(time.time())
        return await call_next(context)


def given(scopes: list[str]) -> list[str]:
    """Nobody gives away what they have not."""
    if not set(scopes) <= set(get_access_token().scopes):
        raise ToolError("you do not hold these scopes")
    return scopes


def entry(token: str, held: dict) -> dict:
    """What is shown of a key: never the key."""
    shown = {name: held.get(name) for name in ("id", "name", "scopes", "made", "used")}
    return {**shown, "hint": f"…{token[-4:]}", "ends": held.get("expires_at")}


def add_key_tools(mcp: FastMCP, keys: dict[str, dict]) -> None:
    """Serves the keys that the verifier reads."""
    mcp.add_middleware(LastUse(keys))

    def own() -> dict[str, dict]:
        return {token: held for token, held in keys.items() if "id" in held and held["client_id"] == get_access_token().client_id}

    def find(key: str) -> tuple[str, dict]:
        for token, held in own().items():
            if held["id"] == key:
                return token, held
        raise ToolError("no such key")

    def issue(name: str, scopes: list[str], ends: int | None) -> dict[str, str]:
        token, key = f"desk_{secrets.token_hex(24)}", str(uuid.uuid4())
        owner = get_access_token().client_id
        keys[token] = {"client_id": owner, "scopes": scopes, "expires_at": ends, "id": key, "name": name, "made": int(time.time())}
        return {"id": key, "key": token}

    @mcp.tool(auth=MANAGE)
    def create_key(name: str, scopes: list[str] = [], ends: int | None = None) -> dict[str, str]:
        """A new key; it is shown this once. `ends` is in Unix seconds."""
        return issue(name, given(scopes), ends)

    @mcp.tool(annotations=READ_ONLY, auth=MANAGE)
    def list_keys() -> list[dict]:
        """The caller's keys."""
        return [entry(token, held) for token, held in own().items()]

    @mcp.tool(annotations=READ_ONLY, auth=MANAGE)
    def show_key(key: str) -> dict:
        """One of the caller's keys."""
        return entry(*find(key))

    @mcp.tool(auth=MANAGE)
    def change_key(key: str, name: str | None = None, scopes: list[str] | None = None, ends: int | None = None) -> dict:
        """Change what is given."""
        token, held = find(key)
        changes = {"name": name, "scopes": None if scopes is None else given(scopes), "expires_at": ends}
        held.update({what: value for what, value in changes.items() if value is not None})
        return entry(token, held)

    @mcp.tool(auth=MANAGE)
    def rotate_key(key: str) -> dict[str, str]:
        """A new key with the same rights; the old one works for another minute."""
        _, held = find(key)
        fresh = issue(held["name"], held["scopes"], held["expires_at"])
        held["expires_at"] = int(time.time()) + OVERLAP
        return fresh

    @mcp.tool(auth=MANAGE)
    def revoke_key(key: str) -> str:
        """End a key."""
        token, _ = find(key)
        del keys[token]
        return "revoked"
