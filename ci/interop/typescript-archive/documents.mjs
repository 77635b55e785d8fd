// What the archive holds, and who may do what with it: accounts, workspaces of two organisations, documents.
import { randomUUID } from 'node:crypto';

const forever = 4_102_444_800; // the SDK's bearer middleware wants an end for every token

/** Accounts by their key; `can` says for each workspace whether they `read` or `write`. */
export const accounts = new Map();

const account = (name, can, more = {}) => {
  const key = process.env[`${name.toUpperCase()}_TOKEN`];
  accounts.set(key, { name, mail: `${name}@archive-b81d4c.example`, can, ends: forever, plan: 'paid', ...more });
};
account('reader', { ws_harbor_legal: 'read' });
account('writer', { ws_harbor_legal: 'write' });
account('outsider', { ws_summit_legal: 'write' });
account('press', { ws_harbor_press: 'read' });
account('chief', { ws_harbor_legal: 'write', ws_harbor_press: 'write' });
account('mixed', { ws_harbor_legal: 'write', ws_harbor_press: 'read' });
account('visitor', { ws_harbor_legal: 'read' });
account('revoked', { ws_harbor_legal: 'read' });
account('leaver', { ws_harbor_legal: 'write' });
account('adjustable', { ws_harbor_legal: 'write' });
account('scopeless', {});
account('expired', { ws_harbor_legal: 'read' }, { ends: 1_700_000_000 });
account('trial', { ws_harbor_legal: 'read' }, { plan: 'trial' });
account('twin', { ws_harbor_legal: 'read' }, { plan: 'trial', mail: 'trial@archive-b81d4c.example' });
account('neighbour', { ws_harbor_legal: 'read' }, { plan: 'trial' });

const seeded = [
  ['doc_5b1e08c7f2a94d63', 'ws_harbor_legal', 'Lease of pier nine', 'The pier is leased until spring. File h-9c41e7d2'],
  ['doc_c7d20fa16e8b4395', 'ws_harbor_press', 'Statement of the mayor', 'The lease will be announced in May. File h-03fa68b5'],
  ['doc_91f4e6b8d03c4a27', 'ws_summit_legal', 'Lease of the cable car', 'The cabins are leased to a club. File s-e85d17c0'],
];
export const documents = new Map(seeded.map(([id, workspace, title, text]) => [id, { id, workspace, title, text }]));

/** Thrown where somebody asks for what is not there for them. */
export class Missing extends Error {}

const can = (account, workspace, what) => {
  const held = account.can[workspace];
  return held === 'write' || (held === 'read' && what === 'read');
};

/** Whether the account may do it anywhere at all. */
export const canSomewhere = (account, what) => Object.keys(account.can).some((workspace) => can(account, workspace, what));

export const list = (account, workspace) => {
  if (!can(account, workspace, 'read')) throw new Missing('no such workspace');
  return [...documents.values()].filter((document) => document.workspace === workspace);
};

export const find = (account, id, what = 'read') => {
  const document = documents.get(id);
  if (!document || !can(account, document.workspace, what)) throw new Missing('no such document');
  return document;
};

export const search = (account, words) => {
  const wanted = words.toLowerCase();
  const hit = ({ workspace, title, text }) => can(account, workspace, 'read') && `${title} ${text}`.toLowerCase().includes(wanted);
  return [...documents.values()].filter(hit);
};

export const add = (account, workspace, title) => {
  if (!can(account, workspace, 'write')) throw new Missing('no such workspace');
  const id = `doc_${randomUUID().replaceAll('-', '').slice(0, 16)}`;
  documents.set(id, { id, workspace, title, text: '' });
  return documents.get(id);
};

export const addToEach = (account, workspaces, title) => {
  if (!workspaces.every((workspace) => can(account, workspace, 'write'))) throw new Missing('no such workspace');
  return workspaces.map((workspace) => add(account, workspace, title));
};

export const remove = (account, id) => documents.delete(find(account, id, 'write').id);
