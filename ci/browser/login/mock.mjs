// The mock, and what its control door can do to it.

import { readFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { soon } from "./terminal.mjs";

export async function mock(machine, name, ...switches) {
  const ready = join(machine.folder, `${name}.json`);
  const terminal = machine.start(["mock", "--port", "0", "--ready-file", ready, ...switches], { tty: false });
  await soon("the mock", () => existsSync(ready) || terminal.code !== null);
  if (terminal.code !== null) throw new Error(`the mock ended with ${terminal.code}:\n${terminal.text}`);
  const { urls, oauth, control } = JSON.parse(readFileSync(ready, "utf8"));
  const door = async (method, path, body) => {
    const headers = { "X-Hallmark-Control": control.secret, "Content-Type": "application/json" };
    const answer = await fetch(control.url + path, { method, headers, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`control door: ${method} ${path}: HTTP ${answer.status}`);
    return answer.json();
  };
  return { urls, issuer: oauth.issuer, users: oauth.users, clients: oauth.clients, door, terminal };
}
