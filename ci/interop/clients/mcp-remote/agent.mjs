// A host that knows stdio alone, with mcp-remote between it and the server, started as its README shows. What this file does
// is speak JSON-RPC over the pipe; everything about HTTP and OAuth is mcp-remote's.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import * as contract from './contract.mjs';

const proxy = fileURLToPath(new URL('../node_modules/mcp-remote/dist/proxy.js', import.meta.url));

async function freePort() {
  const server = createServer();
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return String(port);
}

// Stores the login that the environment brings where mcp-remote keeps its own.
function givenLogin() {
  const folder = join(contract.state, 'mcp-remote-v1');
  const file = join(folder, `${createHash('md5').update(contract.url).digest('hex')}_tokens.json`);
  if (!contract.refreshToken || !contract.firstLife) return;
  mkdirSync(folder, { recursive: true });
  const tokens = {
    access_token: contract.accessToken ?? '',
    token_type: 'Bearer',
    refresh_token: contract.refreshToken,
    expires_in: contract.expiresIn,
    scope: '', // not known: without this it would ask for every scope there is
    expires_at: Date.now() + (contract.accessToken ? (contract.expiresIn ?? 0) * 1000 : 0),
  };
  writeFileSync(file, JSON.stringify(tokens), { mode: 0o600 });
}

async function start() {
  const args = [proxy, contract.url, '--auth-timeout', String(contract.patience)];
  const env = { ...process.env, MCP_REMOTE_CONFIG_DIR: contract.state };
  if (contract.key !== undefined) {
    args.push('--header', 'Authorization:${AUTH_HEADER}');
    env.AUTH_HEADER = `Bearer ${contract.key}`;
  } else {
    givenLogin();
    args.splice(2, 0, await freePort());
    args.push('--host', '127.0.0.1', '--callback-path', '/callback');
    if (contract.clientId) {
      const secret = contract.clientSecret ? { client_secret: '${HALLMARK_CLIENT_SECRET}' } : {};
      args.push('--static-oauth-client-info', JSON.stringify({ client_id: contract.clientId, ...secret }));
    }
  }
  return spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
}

class Connection {
  constructor(child) {
    this.child = child;
    this.waiting = new Map();
    this.last = 0;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const message = JSON.parse(line);
      this.waiting.get(message.id)?.(message);
    });
    child.on('exit', (code) => contract.end(`mcp-remote ended with ${code}`));
  }
  send(message) {
    this.child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  }
  async request(method, params = {}) {
    const id = ++this.last;
    const answer = new Promise((resolve, reject) => {
      this.waiting.set(id, resolve);
      setTimeout(reject, 15_000, new Error(`${method}: no answer in 15 s`)).unref();
    });
    this.send({ id, method, params });
    const { result, error } = await answer;
    if (error) throw new Error(`${method}: ${error.code} ${error.message}`);
    return result;
  }
}

contract.needACredential();
const child = await start();
const server = new Connection(child);
try {
  const clientInfo = { name: 'hallmark-interop', version: '1' };
  await server.request('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo });
  server.send({ method: 'notifications/initialized' });
  await contract.carryOut(
    () => server.request('tools/list'),
    async (name, args) => {
      const result = await server.request('tools/call', { name, arguments: args });
      if (result.isError) throw new Error(`${name}: ${JSON.stringify(result.content)}`);
    },
  );
  child.removeAllListeners('exit');
  child.on('exit', () => process.exit(0));
  child.stdin.end();
  setTimeout(() => child.kill(), 2000);
} catch (error) {
  child.kill();
  contract.end(error.message);
}
