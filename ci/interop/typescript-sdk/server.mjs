// A small server on the MCP TypeScript SDK with its own bearer middleware: notes that belong to a team.
// Tokens and port come from the environment. The SDK has no scope per tool, so `add_note` refuses as a tool does:
// with an error in its result.
import { randomUUID } from 'node:crypto';
import { InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js';
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
import { getOAuthProtectedResourceMetadataUrl, mcpAuthMetadataRouter } from '@modelcontextprotocol/sdk/server/auth/router.js';
import { createMcpExpressApp } from '@modelcontextprotocol/sdk/server/express.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import * as z from 'zod/v4';

const { PORT, READER_TOKEN, WRITER_TOKEN, OUTSIDER_TOKEN, EXPIRED_TOKEN } = process.env;
const host = '127.0.0.1';
const base = `http://${host}:${PORT}`;
const resource = new URL('/mcp', base);
const inAnHour = Math.floor(Date.now() / 1000) + 3600;

const grants = new Map([
  [READER_TOKEN, { clientId: 'red-reader', scopes: ['mcp:read'], expiresAt: inAnHour }],
  [WRITER_TOKEN, { clientId: 'red-writer', scopes: ['mcp:read', 'mcp:write'], expiresAt: inAnHour }],
  [OUTSIDER_TOKEN, { clientId: 'blue-writer', scopes: ['mcp:read', 'mcp:write'], expiresAt: inAnHour }],
  [EXPIRED_TOKEN, { clientId: 'red-reader', scopes: ['mcp:read'], expiresAt: 1_700_000_000 }],
]);
const notes = { red: ['the red team meets on Monday'], blue: ['the blue team meets on Friday'] };

const verifier = {
  async verifyAccessToken(token) {
    const grant = grants.get(token);
    if (!grant) throw new InvalidTokenError('unknown token');
    return { token, resource, ...grant };
  },
};

const text = (value) => ({ content: [{ type: 'text', text: value }] });
const team = ({ authInfo }) => authInfo.clientId.split('-')[0];

function notesServer() {
  const server = new McpServer({ name: 'notes', version: '1' });
  const readOnly = { readOnlyHint: true };
  server.registerTool('whoami', { description: 'Who is calling.', annotations: readOnly },
    async ({ authInfo }) => text(authInfo.clientId));
  server.registerTool('echo', { description: 'Return the text.', inputSchema: { text: z.string() }, annotations: readOnly },
    async (given) => text(given.text));
  server.registerTool('list_notes', { description: "The notes of the caller's team.", annotations: readOnly },
    async (call) => text(JSON.stringify(notes[team(call)])));
  server.registerTool('add_note', { description: "Add a note for the caller's team.", inputSchema: { text: z.string() } },
    async (given, call) => {
      if (!call.authInfo.scopes.includes('mcp:write')) throw new Error('insufficient_scope: mcp:write');
      notes[team(call)].push(given.text);
      return text('added');
    });
  return server;
}

const app = createMcpExpressApp({ host });
app.use(mcpAuthMetadataRouter({
  oauthMetadata: { issuer: base, authorization_endpoint: `${base}/authorize`, token_endpoint: `${base}/token`, response_types_supported: ['code'] },
  resourceServerUrl: resource,
}));
const gate = requireBearerAuth({
  verifier,
  requiredScopes: ['mcp:read'],
  resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(resource),
});

const sessions = new Map();
app.all('/mcp', gate, async (request, response) => {
  const id = request.headers['mcp-session-id'];
  if (id && !sessions.has(id)) {
    response.status(404).json({ jsonrpc: '2.0', id: null, error: { code: -32001, message: 'Session not found' } });
    return;
  }
  let transport = sessions.get(id);
  if (!transport) {
    transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (opened) => sessions.set(opened, transport),
      onsessionclosed: (closed) => sessions.delete(closed),
    });
    await notesServer().connect(transport);
  }
  await transport.handleRequest(request, response, request.body);
});
app.listen(Number(PORT), host);
