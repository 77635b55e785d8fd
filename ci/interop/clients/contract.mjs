// What `hallmark agent` asks of a command, read from the environment: the part that the Node programs here share. The
// handbook, docs/src/agents.md, has the table. Everything that is the library's business is in the programs themselves.
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const { env } = process;
export const url = env.HALLMARK_MCP_URL;
export const state = env.HALLMARK_STATE_DIR;
export const key = env.HALLMARK_API_KEY;
export const clientId = env.HALLMARK_CLIENT_ID;
export const clientSecret = env.HALLMARK_CLIENT_SECRET;
// A login for another resource is none for this one.
const ofThisResource = url.startsWith(env.HALLMARK_RESOURCE ?? url);
export const refreshToken = ofThisResource ? env.HALLMARK_REFRESH_TOKEN : undefined;
export const accessToken = env.HALLMARK_ACCESS_TOKEN;
// Nothing is kept yet: the login of the environment is the one to begin with. Later what is kept wins, also where it is gone.
export const firstLife = !readdirSync(state).length;
// Whether somebody is there who could log in, and how many seconds until that person is back.
export const person = env.BROWSER !== undefined;
export const patience = 10;
export const expiresIn = env.HALLMARK_EXPIRES_IN === undefined ? undefined : Number(env.HALLMARK_EXPIRES_IN);

// Ends at once where nothing is there that could open the door: no key, no login, nobody to log in.
export function needACredential() {
  if (key !== undefined && !key.trim()) end('HALLMARK_API_KEY is empty');
  if (key === undefined && !clientId && !refreshToken && !person && firstLife) {
    end('no credential: set HALLMARK_API_KEY, or a login (HALLMARK_CLIENT_ID, HALLMARK_REFRESH_TOKEN)');
  }
}

// The task, with the client's two verbs. Both reject where they do not succeed. What is called has been listed before, as an
// agent has to know what it may call.
export async function carryOut(listTools, callTool) {
  const idle = Number(env.HALLMARK_IDLE_MS ?? 0);
  const call = () => callTool(env.HALLMARK_TOOL, JSON.parse(env.HALLMARK_ARGUMENTS ?? '{}'));
  const tasks = {
    'list-tools': () => {},
    'call-once': call,
    'call-twice': async () => {
      await call();
      await sleep(idle);
      await call();
    },
    'call-in-parallel': async () => {
      const outcomes = await Promise.allSettled(Array.from({ length: Number(env.HALLMARK_COUNT) }, call));
      const failed = outcomes.find(({ status }) => status === 'rejected');
      if (failed) throw failed.reason;
    },
    'idle-then-call': async () => {
      await sleep(idle);
      await call();
    },
    listen: () => sleep(Number(env.HALLMARK_SECONDS) * 1000),
  };
  const task = tasks[env.HALLMARK_TASK];
  if (!task) end(`this client has no task ${env.HALLMARK_TASK}`);
  await listTools();
  await task();
}

export function end(why) {
  console.error(why);
  process.exit(1);
}
