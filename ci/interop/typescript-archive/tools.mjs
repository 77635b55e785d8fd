// The archive's MCP tools and resources. Whose account it is, the gate has put into `authInfo.extra`.
import { McpServer, ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js';
import * as z from 'zod/v4';
import { add, addToEach, find, list, remove, search } from './documents.mjs';

const text = (value) => ({ content: [{ type: 'text', text: typeof value === 'string' ? value : JSON.stringify(value) }] });
const annotations = { readOnlyHint: true };
const account = (call) => call.authInfo.extra.account;
const head = ({ id, workspace, title, text: body }) => ({ id, workspace, title, text: body });

/** Tools that change something: the gate asks for the right to write before they are called. */
export const CHANGES = new Set(['add_document', 'add_to_each', 'rename_document', 'remove_document']);

/** The MCP server of one session; `link(id)` makes an address that works without a key for a while. */
export function archiveServer(link) {
  const server = new McpServer({ name: 'archive', version: '1' });
  const tool = (name, description, inputSchema, run, more = { annotations }) =>
    server.registerTool(name, { description, inputSchema, ...more }, run);

  tool('me', 'The account of the key.', {}, async (_, call) => text(account(call).mail));
  tool('workspaces', 'The workspaces of the account.', {}, async (_, call) => text(Object.keys(account(call).can)));
  tool('list_documents', 'The documents of a workspace.', { workspace: z.string() }, async ({ workspace }, call) => {
    const found = list(account(call), workspace);
    return text({ documents: found.map(head), count: found.length });
  });
  tool('get_document', 'One document.', { id: z.string() }, async ({ id }, call) => text(head(find(account(call), id))));
  tool('search', 'Documents that hold the words.', { words: z.string(), most: z.number().optional() }, async ({ words, most }, call) => {
    const found = search(account(call), words);
    return text({ documents: found.slice(0, most).map(head), count: found.length });
  });
  tool('share_link', 'An address that shows a document to whoever has it.', { id: z.string() },
    async ({ id }, call) => text({ url: link(find(account(call), id).id) }));
  tool('add_document', 'Add a document to a workspace.', { workspace: z.string(), title: z.string() },
    async ({ workspace, title }, call) => text({ id: add(account(call), workspace, title).id }), {});
  tool('add_to_each', 'Add a document to several workspaces, or to none.', { workspaces: z.array(z.string()), title: z.string() },
    async ({ workspaces, title }, call) => text(addToEach(account(call), workspaces, title).map(({ id }) => id)), {});
  tool('rename_document', 'Give a document another title.', { id: z.string(), title: z.string() }, async ({ id, title }, call) => {
    const found = find(account(call), id, 'write');
    found.title = title;
    return text(head(found));
  }, {});
  tool('remove_document', 'Remove a document.', { id: z.string() }, async ({ id }, call) => text(String(remove(account(call), id))), {});

  const template = new ResourceTemplate('archive://documents/{id}', {
    list: async (call) => ({
      resources: Object.keys(account(call).can)
        .flatMap((workspace) => list(account(call), workspace))
        .map(({ id, title }) => ({ uri: `archive://documents/${id}`, name: title })),
    }),
  });
  server.registerResource('document', template, { description: 'One document.' }, async (uri, { id }, call) => ({
    contents: [{ uri: uri.href, text: find(account(call), id).text }],
  }));
  return server;
}
