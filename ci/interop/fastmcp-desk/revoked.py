"""Makes a key and revokes it, as its owner would: prints REVOKED_TOKEN=…"""

import asyncio
import os
import sys

from fastmcp import Client


async def main() -> None:
    async with Client(sys.argv[1], auth=os.environ["FULL_TOKEN"]) as client:
        made = (await client.call_tool("create_key", {"name": "gone", "scopes": ["willow-billing:read"]})).data
        await client.call_tool("revoke_key", {"key": made["id"]})
        print(f"REVOKED_TOKEN={made['key']}")


asyncio.run(main())
