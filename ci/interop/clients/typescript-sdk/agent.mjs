// The MCP TypeScript SDK's client, put together as its example simpleOAuthClient.ts, with the tokens in a file.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { auth, UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import * as contract from './contract.mjs';

const file = (name) => join(contract.state, `${name}.json`);
const load = (name) => (existsSync(file(name)) ? JSON.parse(readFileSync(file(name), 'utf8')) : undefined);
// As a whole, so that a crash leaves the old one or the new one.
const save = (name, value) => {
  writeFileSync(file(`${name}.new`), JSON.stringify(value), { mode: 0o600, flush: true });
  renameSync(file(`${name}.new`), file(name));
};

class FileOAuthClientProvider {
  constructor(redirectUrl) {
    this.redirectUrl = redirectUrl;
    this.clientMetadata = {
      client_name: 'Hallmark interop',
      redirect_uris: [redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: contract.clientSecret ? 'client_secret_basic' : 'none',
    };
  }
  clientInformation() {
    return load('client');
  }
  saveClientInformation(clientInformation) {
    save('client', clientInformation);
  }
  tokens() {
    return load('tokens');
  }
  saveTokens(tokens) {
    save('tokens', tokens);
  }
  redirectToAuthorization(authorizationUrl) {
    if (!contract.person) throw new Error('a person has to log in, and none is here');
    openBrowser(authorizationUrl.href);
  }
  saveCodeVerifier(codeVerifier) {
    this.verifier = codeVerifier;
  }
  codeVerifier() {
    return this.verifier;
  }
  invalidateCredentials(scope) {
    if (scope === 'all' || scope === 'tokens') rmSync(file('tokens'), { force: true });
    if (scope === 'all' || scope === 'client') rmSync(file('client'), { force: true });
  }
}

function openBrowser(address) {
  spawn(process.env.BROWSER, [address], { stdio: 'ignore' }).on('error', () => {
    console.error(`Please open this address in your browser:\n  ${address}`);
  });
}

// The listener on the redirect address, for one answer of the browser.
async function listen() {
  let answered, failed;
  const code = new Promise((resolve, reject) => ([answered, failed] = [resolve, reject]));
  code.catch(() => {}); // looked at later, or never
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://127.0.0.1');
    if (pathname !== '/callback') return response.writeHead(404).end();
    response.writeHead(200).end('You can close this window.');
    if (searchParams.has('code')) answered(searchParams.get('code'));
    else failed(new Error(`the login ended with ${searchParams.get('error')}`));
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  return { address: `http://127.0.0.1:${server.address().port}/callback`, code };
}

// Stores the client and the login that the environment brings.
function givenLogin() {
  const issuer = process.env.HALLMARK_ISSUER;
  if (contract.clientId) {
    save('client', { client_id: contract.clientId, client_secret: contract.clientSecret, issuer });
  }
  if (contract.refreshToken) {
    save('tokens', {
      access_token: contract.accessToken,
      token_type: 'Bearer',
      refresh_token: contract.refreshToken,
      expires_in: contract.expiresIn,
      issuer,
    });
  }
}

const late = () => new Error(`nobody came back from the browser in ${contract.patience} s`);
const deadline = (promise) => Promise.race([promise, new Promise((_, no) => setTimeout(() => no(late()), contract.patience * 1000))]);

async function connect() {
  const client = new Client({ name: 'hallmark-interop', version: '1' });
  if (contract.key !== undefined) {
    const headers = { Authorization: `Bearer ${contract.key}` };
    await client.connect(new StreamableHTTPClientTransport(new URL(contract.url), { requestInit: { headers } }));
    return client;
  }
  if (contract.firstLife) givenLogin();
  const callback = await listen();
  const authProvider = new FileOAuthClientProvider(callback.address);
  const transport = new StreamableHTTPClientTransport(new URL(contract.url), { authProvider });
  const tokens = load('tokens');
  if (tokens && !tokens.access_token) await auth(authProvider, { serverUrl: contract.url }); // a refresh, as one is stored
  try {
    await client.connect(transport);
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) throw error;
    await transport.finishAuth(await deadline(callback.code));
    await client.connect(new StreamableHTTPClientTransport(new URL(contract.url), { authProvider }));
  }
  return client;
}

contract.needACredential();
try {
  const client = await connect();
  await contract.carryOut(
    () => client.listTools(),
    async (name, args) => {
      const result = await client.callTool({ name, arguments: args });
      if (result.isError) throw new Error(`${name}: ${JSON.stringify(result.content)}`);
    },
  );
  await client.close();
  process.exit(0);
} catch (error) {
  contract.end(`${error.constructor.name}: ${error.message}`);
}
