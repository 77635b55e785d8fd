// A session for each conversation, as the examples of the SDK keep them.
import { randomUUID } from 'node:crypto';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';

/** Serves `/mcp` of the Express app behind the gate; `server()` makes the MCP server of a new session. */
export function serveSessions(app, gate, server) {
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
      await server().connect(transport);
    }
    await transport.handleRequest(request, response, request.body);
  });
}
