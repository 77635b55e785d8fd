"""FastMCP's client, as its pages "Bearer Token Authentication" and "OAuth Authentication" show, with the tokens in the store
for files that comes with it."""

import sys
from pathlib import Path

from fastmcp import Client
from fastmcp.client.auth import BearerAuth, OAuth
from key_value.aio.stores.filetree import FileTreeStore, FileTreeV1CollectionSanitizationStrategy, FileTreeV1KeySanitizationStrategy
from mcp.shared.auth import OAuthToken

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import contract  # noqa: E402


def store(folder):
    """The store for files, with names that every file system takes."""
    folder.mkdir(mode=0o700, exist_ok=True)
    return FileTreeStore(
        data_directory=folder,
        key_sanitization_strategy=FileTreeV1KeySanitizationStrategy(folder),
        collection_sanitization_strategy=FileTreeV1CollectionSanitizationStrategy(folder),
    )


class Unattended(OAuth):
    """OAuth where nobody is there who could log in."""

    async def redirect_handler(self, authorization_url):
        raise RuntimeError("a person has to log in, and none is here")


async def login():
    """OAuth: what is stored, or the browser. The login that the environment brings is stored first."""
    oauth = (OAuth if contract.PERSON else Unattended)(
        mcp_url=contract.URL,
        client_name="Hallmark interop",
        client_id=contract.CLIENT_ID,
        client_secret=contract.CLIENT_SECRET,
        token_storage=store(contract.STATE / "tokens"),
        callback_host="127.0.0.1",
        callback_timeout=contract.PATIENCE,
    )
    storage = oauth.token_storage_adapter
    if contract.REFRESH_TOKEN and await storage.get_tokens() is None:
        await storage.set_tokens(
            OAuthToken(
                access_token=contract.ACCESS_TOKEN or "",
                refresh_token=contract.REFRESH_TOKEN,
                expires_in=int(contract.EXPIRES_IN) if contract.EXPIRES_IN else None,
            )
        )
    return oauth


async def main():
    contract.need_a_credential()
    auth = BearerAuth(contract.KEY) if contract.KEY is not None else await login()
    async with Client(contract.URL, auth=auth) as client:
        # call_tool raises ToolError where the tool says so.
        await contract.carry_out(client.list_tools, client.call_tool)


contract.run(main)
