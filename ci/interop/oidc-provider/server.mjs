// An authorization server on oidc-provider, as its documentation shows it: clients that are known beforehand, its own
// pages for sign-in and consent, PKCE for all, JWT access tokens for the resource that was asked for (RFC 8707).
// Secrets and ports come from the environment. ROTATE: always, never, or what the library does by itself.
import Provider, { errors } from 'oidc-provider';

const { ISSUER_PORT, ROTATE = 'always', APP_SECRET, POSTER_SECRET, SERVICE_SECRET, MCP_URL, SIBLING_URL } = process.env;
const issuer = `http://127.0.0.1:${ISSUER_PORT}`;
const scope = 'openid offline_access mcp:read mcp:write';
const flow = { grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], scope };
const native = { ...flow, application_type: 'native', redirect_uris: ['http://127.0.0.1/callback'], token_endpoint_auth_method: 'none' };
const web = { ...flow, redirect_uris: ['https://app.example.com/callback'] };

const provider = new Provider(issuer, {
  clients: [
    { client_id: 'agent', ...native },
    { client_id: 'rival', ...native },
    { client_id: 'app', client_secret: APP_SECRET, token_endpoint_auth_method: 'client_secret_basic', ...web },
    { client_id: 'poster', client_secret: POSTER_SECRET, token_endpoint_auth_method: 'client_secret_post', ...web },
    {
      client_id: 'service', client_secret: SERVICE_SECRET, token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['client_credentials'], redirect_uris: [], response_types: [], scope: 'mcp:read mcp:write',
    },
  ],
  scopes: ['openid', 'offline_access', 'mcp:read', 'mcp:write'],
  pkce: { required: () => true },
  responseTypes: ['code'],
  // FastMCP takes the caller from `client_id`, so its data follows from who signed in.
  findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  ...(ROTATE === 'default' ? {} : { rotateRefreshToken: () => ROTATE === 'always' }),
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
        if (![MCP_URL, SIBLING_URL].includes(resource)) throw new errors.InvalidTarget();
        return { scope: 'mcp:read mcp:write', audience: resource, accessTokenTTL: 600, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } };
      },
    },
  },
});
provider.on('server_error', (_ctx, error) => console.error(error));
provider.listen(Number(ISSUER_PORT), '127.0.0.1');
