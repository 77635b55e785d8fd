// A document archive on the MCP TypeScript SDK: sessions over Streamable HTTP that belong to the account which opened
// them, the same documents over REST, keys without an authorization server, a limit for accounts on trial.
import { createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import express from 'express';
import { rateLimit } from 'express-rate-limit';
import { InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js';
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
import { InMemoryEventStore } from '@modelcontextprotocol/sdk/examples/shared/inMemoryEventStore.js';
import { createMcpExpressApp } from '@modelcontextprotocol/sdk/server/express.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { isInitializeRequest } from '@modelcontextprotocol/sdk/types.js';
import { accounts, add, canSomewhere, documents, find, list, Missing, search } from './documents.mjs';
import { archiveServer, CHANGES } from './tools.mjs';
import { receiver } from './webhooks.mjs';

const { PORT, ADMIN_PORT, HOOKS_PORT, WEBHOOK_SECRET, LINK_SECONDS = '300' } = process.env;
const host = '127.0.0.1';
const secret = randomBytes(32);

const verifier = {
  async verifyAccessToken(token) {
    const account = accounts.get(token);
    if (!account) throw new InvalidTokenError('unknown key');
    return { token, clientId: account.mail, scopes: Object.keys(account.can), expiresAt: account.ends, extra: { account } };
  },
};
const gate = requireBearerAuth({ verifier });
const account = (request) => request.auth.extra.account;

const limit = rateLimit({
  windowMs: 10_000,
  limit: 10,
  standardHeaders: 'draft-8',
  legacyHeaders: false,
  keyGenerator: (request) => account(request).mail,
  skip: (request) => account(request).plan !== 'trial',
  handler: (request, response) => response.status(429).json({ jsonrpc: '2.0', id: request.body?.id ?? null, error: { code: -32000, message: 'Too many requests' } }),
});

/** Whoever may write nowhere is told so before a tool is called. */
function mayCall(request, response, next) {
  const calls = [request.body].flat().filter((message) => message?.method === 'tools/call');
  if (calls.some(({ params }) => CHANGES.has(params?.name)) && !canSomewhere(account(request), 'write')) {
    response.set('WWW-Authenticate', 'Bearer error="insufficient_scope", error_description="this key may only read"');
    response.status(403).json({ error: 'insufficient_scope' });
    return;
  }
  next();
}

const sign = (text) => createHmac('sha256', secret).update(text).digest('hex');

/** An address of a document for a time. */
function link(id) {
  const until = Math.floor(Date.now() / 1000) + Number(LINK_SECONDS);
  return `http://${host}:${PORT}/shared/${id}?until=${until}&signature=${sign(`${id} ${until}`)}`;
}

const app = createMcpExpressApp({ host });
const sessions = new Map();

app.all('/mcp', gate, limit, mayCall, async (request, response) => {
  const id = request.headers['mcp-session-id'];
  const held = sessions.get(id);
  // Another's session is one that does not exist.
  if (held?.mail === account(request).mail) {
    await held.transport.handleRequest(request, response, request.body);
    return;
  }
  if (id || !isInitializeRequest(request.body)) {
    const [status, message] = id ? [404, 'Session not found'] : [400, 'Bad Request: no session'];
    response.status(status).json({ jsonrpc: '2.0', id: null, error: { code: -32000, message } });
    return;
  }
  const { mail } = account(request);
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    eventStore: new InMemoryEventStore(),
    onsessioninitialized: (opened) => sessions.set(opened, { transport, mail }),
    onsessionclosed: (closed) => sessions.delete(closed),
  });
  await archiveServer(link).connect(transport);
  await transport.handleRequest(request, response, request.body);
});

const api = express.Router();
api.use(gate, limit);
api.get('/me', (request, response) => response.json({ mail: account(request).mail }));
api.get('/workspaces/:workspace/documents', (request, response) => response.json(list(account(request), request.params.workspace)));
api.post('/workspaces/:workspace/documents', (request, response) => {
  if (!canSomewhere(account(request), 'write')) return response.status(403).json({ error: 'this key may only read' });
  return response.status(201).json(add(account(request), request.params.workspace, request.body.title));
});
api.get('/documents/:id', (request, response) => response.json(find(account(request), request.params.id)));
api.get('/search', (request, response) => response.json(search(account(request), String(request.query.words ?? ''))));
api.use((error, _request, response, next) => (error instanceof Missing ? response.status(404).json({ error: error.message }) : next(error)));
app.use('/api', api);

app.get('/shared/:id', (request, response) => {
  const { until, signature } = request.query;
  const expected = Buffer.from(sign(`${request.params.id} ${until}`));
  const got = Buffer.from(String(signature));
  const good = got.length === expected.length && timingSafeEqual(got, expected) && Number(until) > Date.now() / 1000;
  return good ? response.type('text/plain').send(documents.get(request.params.id).text) : response.status(403).send('this link has ended');
});

// The operator's door: another port, this machine only.
const door = express();
const named = (name) => [...accounts].filter(([, held]) => held.name === name);
door.post('/accounts/:name/close', (request, response) => {
  for (const [key] of named(request.params.name)) accounts.delete(key);
  response.status(204).end();
});
door.put('/accounts/:name/can', express.json(), (request, response) => {
  for (const [, held] of named(request.params.name)) held.can = Object.fromEntries(request.body.map((entry) => entry.split('=')));
  response.status(204).end();
});
door.delete('/accounts/:name/can/:workspace', (request, response) => {
  for (const [, held] of named(request.params.name)) delete held.can[request.params.workspace];
  response.status(204).end();
});
door.listen(Number(ADMIN_PORT), host);
receiver(WEBHOOK_SECRET).listen(Number(HOOKS_PORT), host);
app.listen(Number(PORT), host);
