"""What the SDK's authorization server keeps: clients, codes and tokens, in memory.

Everybody is alice, and every request is approved at once. Codes work once; refresh tokens are replaced at each use, and
the second use of one ends its family.
"""

import secrets
import time
from dataclasses import dataclass, field

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

    access: dict[str, AccessToken] = field(default_factory=dict)
    refresh: dict[str, RefreshToken] = field(default_factory=dict)


class Store(OAuthAuthorizationServerProvider):
    """Keeps everything until the process ends."""

    def __init__(self, resource: str, default_scopes: list[str]):
        self.resource, self.default_scopes = resource, default_scopes
        self.clients: dict[str, OAuthClientInformationFull] = {}
        self.codes: dict[str, AuthorizationCode] = {}
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
        if code in self.spent:
            self.end(self.spent[code])
        return self.codes.get(code)

    async def exchange_authorization_code(self, client: OAuthClientInformationFull, code: AuthorizationCode) -> OAuthToken:
        if self.codes.pop(code.code, None) is None:
            raise TokenError("invalid_grant", "the code was used")
        family = self.spent[code.code] = Family()
        return self.issue(family, client.client_id, code.scopes, code.resource)

    async def load_refresh_token(self, client: OAuthClientInformationFull, token: str) -> RefreshToken | None:
        if token in self.spent:
            self.end(self.spent[token])
        return self.families[token].refresh.get(token) if token in self.families else None

    async def exchange_refresh_token(
        self, client: OAuthClientInformationFull, refresh_token: RefreshToken, scopes: list[str]
    ) -> OAuthToken:
        family = self.families[refresh_token.token]
        if family.refresh.pop(refresh_token.token, None) is None:
            raise TokenError("invalid_grant", "the refresh token was used")
        self.spent[refresh_token.token] = family
        return self.issue(family, client.client_id, scopes, refresh_token.resource, granted=refresh_token.scopes)

    async def load_access_token(self, token: str) -> AccessToken | None:
        return self.families[token].access.get(token) if token in self.families else None

    async def revoke_token(self, token: AccessToken | RefreshToken) -> None:
        self.end(self.families[token.token])

    def issue(
        self, family: Family, client_id: str, scopes: list[str], resource: str | None, granted: list[str] | None = None
    ) -> OAuthToken:
        """A new pair; the refresh token keeps what was granted, whatever was asked for this time."""
        access, refresh = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        self.families[access] = self.families[refresh] = family
        family.access[access] = AccessToken(
            token=access,
            client_id=client_id,
            scopes=scopes,
            expires_at=int(time.time()) + ACCESS_SECONDS,
            resource=resource or self.resource,
            subject=USER,
        )
        family.refresh[refresh] = RefreshToken(
            token=refresh, client_id=client_id, scopes=granted or scopes, resource=resource, subject=USER
        )
        return OAuthToken(
            access_token=access, token_type="Bearer", expires_in=ACCESS_SECONDS, scope=" ".join(scopes), refresh_token=refresh
        )

    @staticmethod
    def end(family: Family) -> None:
        """Every token of a consent, at once."""
        family.access.clear()
        family.refresh.clear()
