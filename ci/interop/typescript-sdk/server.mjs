// A small server on the MCP TypeScript SDK with its own bearer middleware: notes that belong to a team.
// Tokens, canaries and port come from the environment. The SDK has no scope per tool, so `add_note` refuses as a tool does:
// with an error in its result.
import { randomUUID } from 'node:crypto';
import { InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js';
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
import { getOAuthProtectedResourceMetadataUrl, mcpAuthMetadataRouter } from '@modelcontextprotocol/sdk/server/auth/router.js';
import { createMcpExpressApp } from '@modelcontextprotocol/sdk/server/express.js';
import { McpServer, ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js';
import * as z from 'zod/v4';
import { serveSessions } from './sessions.mjs';

const { PORT, READER_TOKEN, WRITER_TOKEN, OUTSIDER_TOKEN, EXPIRED_TOKEN } = process.env;
const { READER_NAME, WRITER_NAME, OUTSIDER_NAME, RED_NOTE, RED_CANARY, BLUE_NOTE, BLUE_CANARY } = process.env;
const host = '127.0.0.1';
const base = `http://${host}:${PORT}`;
const resource = new URL('/mcp', base);
const inAnHour = Math.floor(Date.now() / 1000) + 3600;

const grants = new Map([
  [READER_TOKEN, { clientId: READER_NAME, scopes: ['mcp:read'], expiresAt: inAnHour }],
  [WRITER_TOKEN, { clientId: WRITER_NAME, scopes: ['mcp:read', 'mcp:write'], expiresAt: inAnHour }],
  [OUTSIDER_TOKEN, { clientId: OUTSIDER_NAME, scopes: ['mcp:read', 'mcp:write'], expiresAt: inAnHour }],
  [EXPIRED_TOKEN, { clientId: READER_NAME, scopes: ['mcp:read'], expiresAt: 1_700_000_000 }],
]);
const notes = {
  red: new Map([[RED_NOTE, `the red team meets on Monday ${RED_CANARY}`]]),
  blue: new Map([[BLUE_NOTE, `the blue team meets on Friday ${BLUE_CANARY}`]]),
};

const verifier = {
  async verifyAccessToken(token) {
    const grant = grants.get(token);
    if (!grant) throw new InvalidTokenError('unknown token');
    return { token, resource, ...grant };
  },
};

const text = (value) => ({ content: [{ type: 'text', text: value }] });
const own = ({ authInfo }) => notes[authInfo.clientId.split('-')[0]];
const listed = (entries) => text(JSON.stringify(entries.map(([id, held]) => ({ id, text: held }))));
const mayWrite = ({ authInfo }) => {
  if (!authInfo.scopes.includes('mcp:write')) throw new Error('insufficient_scope: mcp:write');
};
const readNote = (note, call) => {
  if (!own(call).has(note)) throw new Error('no such note');
  return own(call).get(note);
};

function notesServer() {
  const server = new McpServer({ name: 'notes', version: '1' });
  const annotations = { readOnlyHint: true };
  const inputSchema = { text: z.string() };
  const byId = { note: z.string() };
  server.registerTool('whoami', { description: 'Who is calling.', annotations },
    async ({ authInfo }) => text(authInfo.clientId));
  server.registerTool('echo', { description: 'Return the text.', inputSchema, annotations },
    async (given) => text(given.text));
  server.registerTool('list_notes', { description: "The notes of the caller's team.", annotations },
    async (call) => listed([...own(call)]));
  server.registerTool('read_note', { description: "One note of the caller's team.", inputSchema: byId, annotations },
    async (given, call) => text(readNote(given.note, call)));
  server.registerTool('search_notes', { description: "The notes of the caller's team that hold the text.", inputSchema, annotations },
    async (given, call) => listed([...own(call)].filter(([, held]) => held.includes(given.text))));
  server.registerTool('add_note', { description: "Add a note for the caller's team.", inputSchema },
    async (given, call) => {
      mayWrite(call);
      const id = randomUUID();
      own(call).set(id, given.text);
      return text(JSON.stringify({ id }));
    });
  server.registerTool('remove_note', { description: "Remove a note of the caller's team.", inputSchema: byId },
    async (given, call) => {
      mayWrite(call);
      if (!own(call).delete(given.note)) throw new Error('no such note');
      return text('removed');
    });
  server.registerResource('note', new ResourceTemplate('notes://{note}', { list: undefined }), { description: "One note of the caller's team." },
    async (uri, given, call) => ({ contents: [{ uri: uri.href, text: readNote(given.note, call) }] }));
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

serveSessions(app, gate, notesServer);
app.listen(Number(PORT), host);
