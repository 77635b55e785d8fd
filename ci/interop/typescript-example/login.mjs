// Gets access tokens from the demo authorization server of the example, without a browser: login.mjs MCP-URL prints
// NAME=VALUE lines. The server asks nobody for consent, so following its redirect is all there is to do.
import { createHash, randomBytes } from 'node:crypto';

const resource = new URL(process.argv[2]);
const redirect = 'http://127.0.0.1:7777/callback';
const form = { 'Content-Type': 'application/x-www-form-urlencoded' };

async function json(url, init) {
  const answer = await fetch(url, init);
  if (!answer.ok) throw new Error(`${init?.method ?? 'GET'} ${url}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

// RFC 9728 and RFC 8414: from the challenge to the endpoints.
async function discover() {
  const refused = await fetch(resource, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' });
  const [, metadata] = refused.headers.get('www-authenticate').match(/resource_metadata="([^"]+)"/);
  const { authorization_servers: [issuer], resource: audience } = await json(metadata);
  return { audience, ...(await json(new URL('/.well-known/oauth-authorization-server', issuer))) };
}

async function login(server, name, scope) {
  const client = await json(server.registration_endpoint, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ client_name: name, redirect_uris: [redirect], grant_types: ['authorization_code'], token_endpoint_auth_method: 'client_secret_post' }),
  });
  const verifier = randomBytes(32).toString('base64url');
  const ask = new URL(server.authorization_endpoint);
  ask.search = new URLSearchParams({
    response_type: 'code', client_id: client.client_id, redirect_uri: redirect, scope, resource: server.audience,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256',
  });
  const sent = await fetch(ask, { redirect: 'manual' });
  const code = new URL(sent.headers.get('location')).searchParams.get('code');
  const tokens = await json(server.token_endpoint, {
    method: 'POST',
    headers: form,
    body: new URLSearchParams({
      grant_type: 'authorization_code', code, redirect_uri: redirect, code_verifier: verifier, resource: server.audience,
      client_id: client.client_id, client_secret: client.client_secret,
    }),
  });
  return { code, secret: client.client_secret, token: tokens.access_token };
}

const server = await discover();
const reader = await login(server, 'reader', 'mcp:tools');
const outsider = await login(server, 'outsider', 'mcp:tools');
console.log(`READER_TOKEN=${reader.token}\nOUTSIDER_TOKEN=${outsider.token}`);
console.log(`CLIENT_SECRET=${reader.secret}\nAUTHORIZATION_CODE=${reader.code}`);
