"""Makes a key pair and the tokens of one run: NAME=VALUE lines for the environment.

Beside the callers' tokens stand some that are well made and still not for this server: another audience, another
issuer, another key, no signature, a signature with the public key as if it were a shared secret, not valid yet.
"""

import base64
import hashlib
import hmac
import json
import os
import time

from fastmcp.server.auth.providers.jwt import RSAKeyPair

AUDIENCE = f"http://127.0.0.1:{os.environ['PORT']}/mcp"
ISSUER = "https://issuer.example"
READ, WRITE = "mcp:read", "mcp:write"
READER = os.environ["READER_NAME"]
keys = RSAKeyPair.generate()


def token(client: str, scopes: list[str], pair: RSAKeyPair = keys, life: int = 3600, **differently) -> str:
    """A token for `client`."""
    claims = {"client_id": client, **differently.pop("claims", {})}
    given = {"subject": client, "issuer": ISSUER, "audience": AUDIENCE, **differently}
    return pair.create_token(scopes=scopes, expires_in_seconds=life, additional_claims=claims, **given)


def part(value: dict) -> str:
    """One part of a token."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def forged(algorithm: str) -> str:
    """The reader's claims under a header that names another algorithm."""
    head = part({"alg": algorithm, "typ": "JWT"})
    signed = f"{head}.{reader.split('.')[1]}"
    if algorithm == "none":
        return f"{signed}."
    mark = hmac.new(keys.public_key.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(mark).decode().rstrip('=')}"


reader = token(READER, [READ])
made = {
    "PUBLIC_KEY": keys.public_key.replace("\n", "\\n"),
    "ISSUER": ISSUER,
    "READER_TOKEN": reader,
    "WRITER_TOKEN": token(os.environ["WRITER_NAME"], [READ, WRITE]),
    "OUTSIDER_TOKEN": token(os.environ["OUTSIDER_NAME"], [READ, WRITE]),
    "EXPIRED_TOKEN": token(READER, [READ], life=-3600),
    "SCOPELESS_TOKEN": token(READER, []),
    "OTHER_AUDIENCE_TOKEN": token(READER, [READ], audience="http://127.0.0.1:1/mcp"),
    "NO_AUDIENCE_TOKEN": token(READER, [READ], audience=None),
    "OTHER_ISSUER_TOKEN": token(READER, [READ], issuer="https://issuer.example.net"),
    "OTHER_KEY_TOKEN": token(READER, [READ], pair=RSAKeyPair.generate()),
    "NOT_YET_TOKEN": token(READER, [READ], claims={"nbf": int(time.time()) + 1800}),
    "UNSIGNED_TOKEN": forged("none"),
    "PUBLIC_KEY_AS_SECRET_TOKEN": forged("HS256"),
}
for name, value in made.items():
    print(f"{name}={value}")
