// An authorization server on oidc-provider, as its documentation shows it: clients that are known beforehand, its own
// development pages for sign-in and consent, PKCE for all, access tokens for the resource that was asked for (RFC 8707).
// Secrets and ports come from the environment. ROTATE: always, never, or default (what the library does by itself);
// TOKENS: jwt, or opaque where no resource server reads them.
import { createPrivateKey } from 'node:crypto';
import Provider, { errors } from 'oidc-provider';

const { ISSUER_PORT, ROTATE = 'always', TOKENS = 'jwt', MCP_URL } = process.env;
const { APP_SECRET, POSTER_SECRET, SERVICE_SECRET, INSPECTOR_SECRET, SIGNER_JWK, SIGNING_KEY } = process.env;
const issuer = `http://127.0.0.1:${ISSUER_PORT}`;
const scope = 'openid offline_access mcp:read mcp:write';
const flow = { grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], scope };
const native = { ...flow, application_type: 'native', redirect_uris: ['http://127.0.0.1/callback'], token_endpoint_auth_method: 'none' };
const web = { ...flow, redirect_uris: ['https://app.example.com/callback'] };
const machine = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [], scope: 'mcp:read mcp:write' };

const provider = new Provider(issuer, {
  clients: [
    { client_id: 'agent', ...native },
    { client_id: 'rival', ...native },
    { client_id: 'app', client_secret: APP_SECRET, token_endpoint_auth_method: 'client_secret_basic', ...web },
    { client_id: 'poster', client_secret: POSTER_SECRET, token_endpoint_auth_method: 'client_secret_post', ...web },
    { client_id: 'service', client_secret: SERVICE_SECRET, token_endpoint_auth_method: 'client_secret_basic', ...machine },
    { client_id: 'inspector', client_secret: INSPECTOR_SECRET, token_endpoint_auth_method: 'client_secret_basic', ...machine },
    {
      client_id: 'signer', jwks: { keys: [JSON.parse(SIGNER_JWK)] }, token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'ES256', ...web, grant_types: [...flow.grant_types, 'client_credentials'],
    },
  ],
  jwks: { keys: [{ ...createPrivateKey(SIGNING_KEY).export({ format: 'jwk' }), use: 'sig', alg: 'RS256' }] },
  scopes: ['openid', 'offline_access', 'mcp:read', 'mcp:write'],
  pkce: { required: () => true },
  responseTypes: ['code'],
  findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  ...(ROTATE === 'default' ? {} : { rotateRefreshToken: ROTATE === 'always' }),
  issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
  features: {
    registration: { enabled: true },
    revocation: { enabled: true },
    introspection: { enabled: true },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => MCP_URL,
      useGrantedResource: () => true,
      getResourceServerInfo: (_ctx, resource) => {
        if (resource !== MCP_URL) throw new errors.InvalidTarget();
        const signed = { accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } };
        return { scope: 'mcp:read mcp:write', audience: resource, accessTokenTTL: 600, ...(TOKENS === 'jwt' ? signed : {}) };
      },
    },
  },
});
provider.on('server_error', (_ctx, error) => console.error(error));
provider.listen(Number(ISSUER_PORT), '127.0.0.1');
