// What goes another way: denied, a foreign answer, an address pasted, nobody there, Ctrl-C.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pause } from "./terminal.mjs";
import { secretive } from "./granting.mjs";

// Files of a login in the vault, the lease of the last try apart.
const kept = (machine, name) =>
  readdirSync(join(machine.folder, "vault")).filter((file) => file.startsWith(`${name}.`) && !/\.(lease|lock)$/.test(file));

function nothing(person, stage, name) {
  const files = kept(stage.machine, name);
  person.expect("nothing is kept", files.length === 0, files.join(" "));
}

export async function deny(stage) {
  const { machine, world } = stage;
  const person = await stage.person("deny");
  const login = machine.start(["login", "--url", world.urls.mcp, "--as", "denied", "--no-browser"]);
  await person.arrives(await login.address(), "alice", world.users);
  await person.presses("Deny");
  await person.says("Not connected", "did not grant access", "terminal", "close this");
  person.expect("the address line is bare", !person.page.url().includes("?"), person.page.url());
  await person.looks("callback");
  person.expect("the command ends with 4", (await login.ended()) === 4, login.text);
  person.expect("the terminal says why", /error:.*access_denied\n +help: nothing has changed/.test(login.text), login.text);
  stage.keeps("deny-login", login.text);
  nothing(person, stage, "denied");
  const status = await machine.run("login", "--status", "--as", "denied");
  person.expect("--status knows of no login", status.code === 4 && status.text.includes("there is no login `denied`"), status.text);
  await person.leaves({ to: [world.issuer, new URL(person.page.url()).origin] });
}

// Somebody else's answer comes first; one page of every kind that is not the answer.
export async function foreign(stage) {
  const { machine, world } = stage;
  const person = await stage.person("foreign");
  const login = machine.start(["login", "--url", world.urls.mcp, "--as", "foreign", "--no-browser"]);
  const address = await login.address();
  const back = new URL(address).searchParams.get("redirect_uri");
  const other = new URL(address).searchParams.get("state").split("").reverse().join("");
  const wrong = `${back}?code=not-a-code-of-this-login&state=${other}`;
  person.expect("another state is answered with an error", (await person.open(wrong)).status() === 400);
  await person.says("Not this login", "another login", "still waits");
  await person.looks("callback");
  secretive(person, "the page", await person.page.content(), { state: other, code: "not-a-code-of-this-login" });
  await login.said(/refused a callback that is not of this login; still waiting/);

  // An error of somebody else's must not end it either.
  await person.open(`${back}?error=access_denied&state=${other}`);
  await person.says("Not this login");
  person.expect("no other path answers", (await person.open(new URL("/", back).href)).status() === 404);
  const port = new URL(back).port;
  const named = await person.page.request.get(back, { headers: { Host: `attacker.example:${port}` }, maxRedirects: 0 });
  person.expect("no other name leads here", named.status() === 421, `${named.status()}`);
  await pause(300);
  person.expect("the waiting goes on", login.code === null, login.text);

  await person.arrives(address, "alice", world.users);
  await person.presses("Approve");
  await person.says("close this");
  person.expect("then the right answer works", (await login.ended()) === 0, login.text);
  stage.keeps("foreign-login", login.text);
  await person.leaves({ to: [world.issuer, new URL(back).origin], known: /status of 40[04]/ });
}

// The browser is on another machine: it cannot reach the redirect, and the address is copied from it.
export async function paste(stage) {
  const { machine, world } = stage;
  for (const [where, words, options] of [
    ["paste", ["--paste"], {}],
    ["ssh", [], { env: { SSH_CONNECTION: "192.0.2.7 50022 192.0.2.8 22" } }],
    ["pipe", ["--paste"], { tty: false }],
    // Nobody said that the browser would be elsewhere.
    ["unasked", ["--no-browser"], {}],
  ]) {
    const person = await stage.person(where);
    const login = machine.start(["login", "--url", world.urls.mcp, "--as", where, ...words], options);
    const address = await login.address();
    if (where !== "unasked") await login.said(/Copy that whole\s+address/);
    const back = new URL(new URL(address).searchParams.get("redirect_uri"));
    // This browser is elsewhere: nothing of it reaches the terminal's machine.
    await person.cannotReach(back.origin);
    await person.arrives(address, "alice", world.users);
    await person.presses("Approve");
    // What stands in the address line, above the browser's own page.
    await person.page.waitForURL(/chrome-error|callback/).catch(() => {});
    const last = (await person.entries()).at(-1);
    person.expect("the address line has the answer", last.startsWith(`${back.href}?`), last);
    if (stage.shots && where === "paste") await person.page.screenshot({ path: join(stage.shots, "paste-unreachable.png") });

    login.keys(`${new URL(last).searchParams.get("code")}\n`);
    await login.said(/paste the whole address[\s\S]*still waiting/);
    login.keys(`${last.replace(/state=[^&]*/, "state=another")}\n`);
    await login.said(/not of this login; still waiting/);
    login.keys(`  "${last}" \n`);
    person.expect("the pasted address works", (await login.ended()) === 0, login.text);
    person.expect("the terminal says so", login.text.includes(`logged in as ${where}`), login.text);
    stage.keeps(`${where}-login`, login.text);
    await person.leaves({ to: [world.issuer, back.origin], known: /ERR_CONNECTION_REFUSED/ });
  }
}

// The window is closed, or the person went for coffee.
export async function nobody(stage) {
  const { machine, world } = stage;
  const person = await stage.person("nobody");
  const login = machine.start(["login", "--url", world.urls.mcp, "--as", "nobody", "--no-browser", "--wait", "1"]);
  const began = Date.now();
  await person.arrives(await login.address(), "alice", world.users);
  await person.page.close();
  person.expect("the command ends with 4", (await login.ended(90_000)) === 4, login.text);
  const seconds = (Date.now() - began) / 1000;
  person.expect("after the minute that was given", seconds > 55 && seconds < 75, `${seconds} s`);
  person.expect("the terminal says why", /error:.*nobody came back from the browser within 1 minute\n +help: nothing has changed.*--wait/.test(login.text), login.text);
  stage.keeps("nobody-login", login.text);
  nothing(person, stage, "nobody");
}

// Ctrl-C while it waits; what was there before stays, and the next login needs no tidying.
export async function interrupted(stage) {
  const { machine, world } = stage;
  const person = await stage.person("interrupted");
  const start = () => machine.start(["login", "--url", world.urls.mcp, "--as", "interrupted", "--no-browser"]);
  const consent = async (login) => {
    await person.open(await login.address());
    if (await person.page.getByLabel("Password").count()) await person.signsIn("alice", world.users.alice.password);
    await person.presses("Approve");
    await person.says("close this");
    person.expect("the login succeeds", (await login.ended()) === 0, login.text);
  };
  const broken = async (what) => {
    const login = start();
    await login.address();
    login.keys("\u0003");
    const code = await login.ended();
    person.expect(`${what}: ends with 130`, code === 130, `${code}`);
    person.expect(`${what}: says so`, /error:.*interrupted\n +help: nothing has changed/.test(login.text), login.text);
    return login;
  };
  const first = await broken("Ctrl-C before any login");
  stage.keeps("interrupted-login", first.text);
  nothing(person, stage, "interrupted");
  await consent(start());
  const file = join(machine.folder, "vault", kept(machine, "interrupted")[0]);
  const before = readFileSync(file);
  await broken("Ctrl-C over a login that stands");
  person.expect("the login from before stays as it was", before.equals(readFileSync(file)));
  const status = await machine.run("login", "--status", "--as", "interrupted");
  person.expect("and stands", status.code === 0 && status.text.includes("interrupted: connected"), status.text);
  await consent(start());
}
export const ways = { deny, foreign, paste, interrupted, nobody };
