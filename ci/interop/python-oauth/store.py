"""What the SDK's authorization server keeps: clients, codes and tokens, in memory.

Everybody is alice, and every request is approved at once. Codes work once; refresh tokens are replaced at each use, and
the second use of one ends its family.
"""

import secrets
import time
from dataclasses import dataclass

from mcp.server.auth.provider import (
    AccessToken,
    AuthorizationCode,
    AuthorizationParams,
    AuthorizeError,
    OAuthAuthorizationServerProvider,
    RefreshToken,
    TokenError,
    construct_redirect_uri,
)
from mcp.shared.auth import OAuthClientInformationFull, OAuthToken

CODE_SECONDS, ACCESS_SECONDS = 60, 300
USER = "alice"


@dataclass
class Family:
    """What came of one consent."""

    alive: bool = True


class Store(OAuthAuthorizationServerProvider):
    """Keeps everything until the process ends."""

    def __init__(self, resource: str, default_scopes: list[str]):
        self.resource, self.default_scopes = resource, default_scopes
        self.clients: dict[str, OAuthClientInformationFull] = {}
        self.codes: dict[str, AuthorizationCode] = {}
        self.access: dict[str, AccessToken] = {}
        self.refresh: dict[str, RefreshToken] = {}
        self.families: dict[str, Family] = {}  # by every token that ever belonged to one
        self.spent: dict[str, Family] = {}  # by code or refresh token that was used

    async def get_client(self, client_id: str) -> OAuthClientInformationFull | None:
        return self.clients.get(client_id)

    async def register_client(self, client_info: OAuthClientInformationFull) -> None:
        self.clients[client_info.client_id] = client_info

    async def authorize(self, client: OAuthClientInformationFull, params: AuthorizationParams) -> str:
        if params.resource not in (None, self.resource):
            # The SDK has no invalid_target.
            raise AuthorizeError("invalid_request", "unknown resource")
        code = secrets.token_urlsafe(32)
        self.codes[code] = AuthorizationCode(
            code=code,
            client_id=client.client_id,
            scopes=params.scopes or self.default_scopes,
            expires_at=time.time() + CODE_SECONDS,
            code_challenge=params.code_challenge,
            redirect_uri=params.redirect_uri,
            redirect_uri_provided_explicitly=params.redirect_uri_provided_explicitly,
            resource=params.resource,
            subject=USER,
        )
        return construct_redirect_uri(str(params.redirect_uri), code=code, state=params.state)

    async def load_authorization_code(self, client: OAuthClientInformationFull, code: str) -> AuthorizationCode | None:
        # A used one too: the SDK judges client and verifier first, so that only its owner can end a family.
        return self.codes.get(code)

    async def exchange_authorization_code(self, client: OAuthClientInformationFull, code: AuthorizationCode) -> OAuthToken:
        self.once(code.code, "the code was used")
        return self.issue(self.spent[code.code], client.client_id, code.scopes, code.resource)

    async def load_refresh_token(self, client: OAuthClientInformationFull, token: str) -> RefreshToken | None:
        return self.refresh.get(token)

    async def exchange_refresh_token(
        self, client: OAuthClientInformationFull, refresh_token: RefreshToken, scopes: list[str]
    ) -> OAuthToken:
        family = self.families[refresh_token.token]
        if not family.alive:
            raise TokenError("invalid_grant", "the grant has ended")
        self.once(refresh_token.token, "the refresh token was used", family)
        return self.issue(family, client.client_id, scopes, refresh_token.resource, granted=refresh_token.scopes)

    def once(self, secret: str, why: str, family: "Family | None" = None) -> None:
        """Takes note that a code or refresh token was used; the second time its family ends."""
        if secret in self.spent:
            self.spent[secret].alive = False
            raise TokenError("invalid_grant", why)
        self.spent[secret] = family or Family()

    async def load_access_token(self, token: str) -> AccessToken | None:
        return self.access.get(token) if token in self.families and self.families[token].alive else None

    async def revoke_token(self, token: AccessToken | RefreshToken) -> None:
        self.families[token.token].alive = False

    def issue(
        self, family: Family, client_id: str, scopes: list[str], resource: str | None, granted: list[str] | None = None
    ) -> OAuthToken:
        """A new pair; the refresh token keeps what was granted, whatever was asked for this time."""
        access, refresh = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        self.families[access] = self.families[refresh] = family
        self.access[access] = AccessToken(
            token=access,
            client_id=client_id,
            scopes=scopes,
            expires_at=int(time.time()) + ACCESS_SECONDS,
            resource=resource or self.resource,
            subject=USER,
        )
        self.refresh[refresh] = RefreshToken(
            token=refresh, client_id=client_id, scopes=granted or scopes, resource=resource, subject=USER
        )
        return OAuthToken(
            access_token=access, token_type="Bearer", expires_in=ACCESS_SECONDS, scope=" ".join(scopes), refresh_token=refresh
        )
