"""FastMCP's client, as its pages "Bearer Token Authentication" and "OAuth Authentication" show, with the tokens in an encrypted
store, as the second of them asks. Where a service would take the key from its environment, it lies in a file of HOME here."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import contract  # noqa: E402

contract.need_a_credential()  # before the library is loaded: that takes seconds

from cryptography.fernet import Fernet  # noqa: E402
from fastmcp import Client  # noqa: E402
from fastmcp.client.auth import BearerAuth, OAuth  # noqa: E402
from key_value.aio.stores.filetree import FileTreeStore, FileTreeV1CollectionSanitizationStrategy, FileTreeV1KeySanitizationStrategy  # noqa: E402
from key_value.aio.wrappers.encryption import FernetEncryptionWrapper  # noqa: E402
from mcp.shared.auth import OAuthToken  # noqa: E402


def store(folder):
    """The store for files, with names that every file system takes, behind the wrapper that encrypts."""
    folder.mkdir(mode=0o700, exist_ok=True)
    files = FileTreeStore(
        data_directory=folder,
        key_sanitization_strategy=FileTreeV1KeySanitizationStrategy(folder),
        collection_sanitization_strategy=FileTreeV1CollectionSanitizationStrategy(folder),
    )
    return FernetEncryptionWrapper(key_value=files, fernet=Fernet(key()))


def key():
    """The key of the store; made when there is none yet."""
    file = Path.home() / ".hallmark-interop-key"
    if not file.exists():
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as made:
            made.write(Fernet.generate_key())
    return file.read_bytes()


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
    if contract.REFRESH_TOKEN and contract.FIRST_LIFE:
        await storage.set_tokens(
            OAuthToken(
                access_token=contract.ACCESS_TOKEN or "",
                refresh_token=contract.REFRESH_TOKEN,
                expires_in=int(contract.EXPIRES_IN) if contract.EXPIRES_IN else None,
            )
        )
    return oauth


async def main():
    auth = BearerAuth(contract.KEY) if contract.KEY is not None else await login()
    async with Client(contract.URL, auth=auth) as client:
        # call_tool raises ToolError where the tool says so.
        await contract.carry_out(client.list_tools, client.call_tool)


contract.run(main)
