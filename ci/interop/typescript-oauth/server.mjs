// A small server on the MCP TypeScript SDK that is its own authorization server: the SDK's mcpAuthRouter over the
// DemoInMemoryAuthProvider of its examples, unchanged. The limits of the router (50 token requests in 15 minutes, 20
// registrations in an hour) are off, as its options allow: they would end the run before it has begun.
import { randomUUID } from 'node:crypto';
import { DemoInMemoryAuthProvider } from '@modelcontextprotocol/sdk/examples/server/demoInMemoryOAuthProvider.js';
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
import { getOAuthProtectedResourceMetadataUrl, mcpAuthRouter } from '@modelcontextprotocol/sdk/server/auth/router.js';
import { createMcpExpressApp } from '@modelcontextprotocol/sdk/server/express.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import * as z from 'zod/v4';
import { serveSessions } from './sessions.mjs';

const { PORT, RED_NOTE, RED_CANARY } = process.env;
const host = '127.0.0.1';
const base = new URL(`http://${host}:${PORT}`);
const resource = new URL('/mcp', base);
const notes = new Map([[RED_NOTE, `the red team meets on Monday ${RED_CANARY}`]]);
const text = (value) => ({ content: [{ type: 'text', text: value }] });
const mayWrite = ({ authInfo }) => {
  if (!authInfo.scopes.includes('mcp:write')) throw new Error('insufficient_scope: mcp:write');
};

function notesServer() {
  const server = new McpServer({ name: 'notes', version: '1' });
  server.registerTool('list_notes', { description: 'All notes.', annotations: { readOnlyHint: true } },
    async () => text(JSON.stringify([...notes].map(([id, held]) => ({ id, text: held })))));
  server.registerTool('add_note', { description: 'Add a note.', inputSchema: { text: z.string() } },
    async (given, call) => {
      mayWrite(call);
      const id = randomUUID();
      notes.set(id, given.text);
      return text(JSON.stringify({ id }));
    });
  server.registerTool('remove_note', { description: 'Remove a note.', inputSchema: { note: z.string() } },
    async (given, call) => {
      mayWrite(call);
      if (!notes.delete(given.note)) throw new Error('no such note');
      return text('removed');
    });
  return server;
}

const app = createMcpExpressApp({ host });
// A resource is taken as the example's `--oauth-strict` does: only this one.
const provider = new DemoInMemoryAuthProvider((asked) => asked?.href === resource.href);
const unlimited = { rateLimit: false };
app.use(mcpAuthRouter({
  provider,
  issuerUrl: base,
  resourceServerUrl: resource,
  scopesSupported: ['mcp:read', 'mcp:write'],
  authorizationOptions: unlimited,
  clientRegistrationOptions: unlimited,
  tokenOptions: unlimited,
}));
const gate = requireBearerAuth({
  verifier: provider,
  requiredScopes: ['mcp:read'],
  resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(resource),
});

serveSessions(app, gate, notesServer);
app.listen(Number(PORT), host);
