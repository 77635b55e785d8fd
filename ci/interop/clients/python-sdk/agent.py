"""The MCP Python SDK's client, put together as its pages "OAuth clients" and "Client transports" show, with the tokens in a
file, as the first of them recommends."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import contract  # noqa: E402

contract.need_a_credential()  # before the SDK is loaded: that takes a second

import httpx2  # noqa: E402
from mcp import Client  # noqa: E402
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider  # noqa: E402
from mcp.client.streamable_http import streamable_http_client  # noqa: E402
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken  # noqa: E402


class FileTokenStorage:
    """TokenStorage in two files that only their owner may read."""

    def __init__(self, folder):
        self.tokens, self.client = folder / "tokens.json", folder / "client.json"

    async def get_tokens(self):
        return OAuthToken.model_validate_json(self.tokens.read_text()) if self.tokens.exists() else None

    async def set_tokens(self, tokens):
        write(self.tokens, tokens)

    async def get_client_info(self):
        return OAuthClientInformationFull.model_validate_json(self.client.read_text()) if self.client.exists() else None

    async def set_client_info(self, client_info):
        write(self.client, client_info)


def write(path, value):
    """Replaces the file as a whole, so that a crash leaves the old one or the new one."""
    beside = path.with_suffix(".new")
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(value.model_dump_json(exclude_none=True))
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


async def given_login(storage, metadata):
    """Stores the client and the login that the environment brings."""
    if contract.CLIENT_ID:
        client = metadata.model_dump(exclude_none=True) | {
            "client_id": contract.CLIENT_ID,
            "client_secret": contract.CLIENT_SECRET,
            "token_endpoint_auth_method": "client_secret_basic" if contract.CLIENT_SECRET else "none",
            "issuer": os.environ.get("HALLMARK_ISSUER"),
        }
        await storage.set_client_info(OAuthClientInformationFull.model_validate(client))
    if contract.REFRESH_TOKEN:
        await storage.set_tokens(
            OAuthToken(
                access_token=contract.ACCESS_TOKEN or "",
                refresh_token=contract.REFRESH_TOKEN,
                expires_in=int(contract.EXPIRES_IN) if contract.EXPIRES_IN else None,
            )
        )


async def login():
    """OAuth: what is stored, or the browser. Without a person there are no handlers, and the SDK says so when it needs one."""
    callback = contract.Callback()

    async def wait_for_callback():
        answer = await callback.wait()
        if "error" in answer:
            raise RuntimeError(f"the login ended with {answer['error']}")
        return AuthorizationCodeResult(code=answer["code"], state=answer.get("state"), iss=answer.get("iss"))

    storage = FileTokenStorage(contract.STATE)
    metadata = OAuthClientMetadata(client_name="Hallmark interop", redirect_uris=[callback.url])
    if contract.FIRST_LIFE:
        await given_login(storage, metadata)
    return OAuthClientProvider(
        server_url=contract.URL,
        client_metadata=metadata,
        storage=storage,
        redirect_handler=callback.open_browser if contract.PERSON else None,
        callback_handler=wait_for_callback if contract.PERSON else None,
    )


async def main():
    timeout = httpx2.Timeout(30.0, read=300.0)
    if contract.KEY is not None:
        http_client = httpx2.AsyncClient(headers={"Authorization": f"Bearer {contract.KEY}"}, timeout=timeout)
    else:
        http_client = httpx2.AsyncClient(auth=await login(), timeout=timeout)
    async with http_client, Client(streamable_http_client(contract.URL, http_client=http_client)) as client:

        async def call(name, arguments):
            result = await client.call_tool(name, arguments)
            if result.is_error:
                raise RuntimeError(f"{name}: {result.content}")

        await contract.carry_out(client.list_tools, call)


contract.run(main)
