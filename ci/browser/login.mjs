// A person's way through `hallmark login`, in headless Chromium and a real terminal, against the mock.
//
//   node login.mjs HALLMARK [SHOTS [WAY…]]
//
// SHOTS: a folder for pictures of every page and for what the terminal said; `-` for none. WAY: only these.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";
import * as granting from "./login/granting.mjs";
import { Ledger } from "./login/ledger.mjs";
import { mock } from "./login/mock.mjs";
import { Person } from "./login/person.mjs";
import * as refusing from "./login/refusing.mjs";
import { Machine } from "./login/terminal.mjs";

const [program, shots, ...only] = process.argv.slice(2);
const ledger = new Ledger();
const home = mkdtempSync(join(tmpdir(), "hallmark-login-"));
const folder = shots && shots !== "-" ? resolve(shots, "login") : undefined;
if (folder) mkdirSync(folder, { recursive: true });

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  headless: true,
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
  ],
  env: { ...process.env, HOME: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home },
});

// One way: a machine with an empty vault, a mock of its own, and people who sit down at the browser.
async function go(name, way) {
  const machine = new Machine(resolve(program), join(home, name));
  const people = [];
  try {
    const world = await mock(machine, "ready");
    await way({
      machine, world, browser, ledger, home,
      shots: folder,
      person: async (who) => {
        people.push(await Person.sits(ledger, who, browser, folder));
        return people.at(-1);
      },
      keeps: (what, text) => folder && writeFileSync(join(folder, `${what}.txt`), text),
    });
  } catch (error) {
    ledger.expect(name, "comes to its end", false, error.stack ?? String(error));
  } finally {
    machine.close();
    for (const person of people) await person.page.context().close();
  }
  console.log(`went ${name}`);
}

try {
  const ways = Object.entries({ ...granting.ways, ...refusing.ways }).filter(([name]) => !only.length || only.includes(name));
  // It waits for a minute, beside the others.
  const long = ways.filter(([name]) => name === "nobody").map(([name, way]) => go(name, way));
  for (const [name, way] of ways.filter(([name]) => name !== "nobody")) await go(name, way);
  await Promise.all(long);
} finally {
  await browser.close();
  rmSync(home, { recursive: true, force: true });
}
console.log(`${ledger.passed} passed, ${ledger.failures.length} failed`);
process.exitCode = ledger.failures.length === 0 ? 0 : 1;
