// A person who grants access: all of it, a part of it, with a slip at the password and without a mouse, twice.

import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const JWT = /eyJ[\w-]+\.[\w-]+/;

// What must be nowhere a person or a log looks.
export function secretive(person, what, text, secrets) {
  person.expect(`${what} holds no token`, !JWT.test(text), text.match(JWT)?.[0].slice(0, 12));
  for (const [name, secret] of Object.entries(secrets)) {
    person.expect(`${what} holds no ${name}`, secret.length > 10 && !text.includes(secret));
  }
}

// The browser is opened by Hallmark; approve; run without a person, also when the access token is over.
export async function approve(stage) {
  const { machine, world } = stage;
  const person = await stage.person("approve");
  const login = machine.start(["login", "--url", world.urls.mcp, "--as", "writer"]);
  const shown = await login.address();
  const handed = await machine.opened();
  person.expect("the browser is opened with the address that is shown", handed === shown, handed);
  const back = new URL(new URL(shown).searchParams.get("redirect_uri"));

  await person.open(handed);
  await person.says("Sign in", "Hallmark", "names and passwords stand where it was started");
  await person.looks("sign-in");
  await person.signsIn("alice", world.users.alice.password);
  await person.page.getByRole("button", { name: "Approve" }).waitFor();
  await person.says("Hallmark asks for access", back.host, "You are signed in as", "Untick what you do not want", world.urls.mcp);
  const asked = new URL(shown).searchParams.get("scope").split(" ");
  for (const scope of asked) {
    const box = person.page.locator(`input[name=scope][value="${scope}"]`);
    person.expect(`${scope} can be unticked`, (await box.count()) === 1 && (await box.isChecked()));
  }
  await person.looks("consent");
  await person.cannotBeFramed("consent");
  await person.presses("Approve");
  await person.says("Consent received", "terminal", "close this");
  const code = person.answer(back);
  person.expect("the code leaves the address line", person.page.url() === back.href, person.page.url());
  const entries = (await person.entries()).join(" ");
  person.expect("Back and Forward hold no code", entries.includes(back.href) && !entries.includes(code), entries);
  await person.looks("callback");
  secretive(person, "the page", (await person.text()) + (await person.page.content()), { code });
  secretive(person, "the title", await person.page.title(), { code });

  person.expect("the command ends with 0", (await login.ended()) === 0, login.text);
  const expected = ["registered just now", "consent given", `scope ${asked.join(" ")}`, "the endpoint takes the token", "logged in as writer", "oauth: { vault: writer }"];
  for (const words of expected) person.expect(`the terminal says "${words}"`, login.text.includes(words), login.text);
  secretive(person, "the terminal", login.text, { code, password: world.users.alice.password });
  stage.keeps("approve-login", login.text);
  await person.leaves({ to: [new URL(world.issuer).origin, back.origin] });
  await runs(stage, person);
}

async function runs(stage, person) {
  const { machine, world } = stage;
  const status = await machine.run("login", "--status");
  person.expect("--status knows the login", status.code === 0 && status.text.includes("writer: connected"), status.text);
  stage.keeps("approve-status", status.text);

  const run = async (when) => {
    const ran = await judges(stage, "writer", when);
    person.expect(`a run ${when} needs no person`, ran.code === 0 && /PASSED: [1-9]\d* passed/.test(ran.text), ran.text);
    secretive(person, `a run ${when}`, ran.text, {});
  };
  const refreshed = async (times, when) => {
    const { code, text } = await machine.run("login", "--status", "--as", "writer");
    person.expect(`${times}, ${when}`, code === 0 && text.includes(times), text);
  };
  await run("after the login");
  await refreshed("not refreshed yet", "while the access token lasts");
  await world.door("POST", "/clock", { advance: 3700 });
  await run("when the access token is over");
  await refreshed("refreshed once", "when the access token is over");
}

// A run that has its token from the vault.
async function judges({ machine, world }, login, when, env) {
  const target = join(machine.folder, "hallmark.yaml");
  writeFileSync(target, `target: mine\nmcp: ${world.urls.mcp}\nprincipals:\n  reader: { oauth: { vault: ${login} } }\n`);
  const out = join(machine.folder, `out-${when.replaceAll(" ", "-")}`);
  const words = ["run", "--target", target, "--only", "bearer/scheme", "--seed", "7", "--color", "never", "--out", out];
  const terminal = machine.start(words, { tty: false, env });
  return { code: await terminal.ended(60_000), text: terminal.text };
}

// One of two workspaces is not for this program.
export async function narrow(stage) {
  const { machine, world } = stage;
  const person = await stage.person("narrow");
  const [kept, dropped] = world.users.alice.scopes;
  const login = machine.start(["login", "--url", world.urls.mcp, "--as", "narrow", "--scope", kept, "--scope", dropped]);
  await person.arrives(await login.address(), "alice", world.users);
  await person.page.locator(`input[value="${dropped}"]`).uncheck();
  await person.looks("consent");
  await person.presses("Approve");
  await person.says("close this");
  person.expect("the command ends with 0", (await login.ended()) === 0, login.text);
  const told = login.text.match(/token received: scope (.*);/)?.[1] ?? "";
  const granted = told.split("; not granted: ");
  person.expect("the terminal says what was granted", granted[0] === kept, login.text);
  person.expect("and what was not", granted[1]?.startsWith(dropped), login.text);
  stage.keeps("narrow-login", login.text);
  const status = await machine.run("login", "--status", "--as", "narrow");
  person.expect("--status says it, too", status.text.includes(kept) && !status.text.includes(dropped), status.text);
  await person.leaves({ to: [world.issuer, new URL(person.page.url()).origin] });
}

// The wrong password first, then the right one; Tab, Enter and Space alone.
export async function keyboard(stage) {
  const { machine, world } = stage;
  const person = await stage.person("keyboard");
  const { page } = person;
  const login = machine.start(["login", "--url", world.urls.mcp, "--as", "keys"]);
  const { keyboard } = page;
  await person.open(await login.address());
  // Whoever arrives can type.
  person.expect("the name has the focus", (await page.evaluate(() => document.activeElement?.id)) === "user");
  const focused = () => page.evaluate(() => document.activeElement?.id || document.activeElement?.value || "");
  const reach = async (id) => {
    for (let presses = 0; presses < 12 && (await focused()) !== id; presses += 1) await keyboard.press("Tab");
    person.expect(`Tab reaches ${id}`, (await focused()) === id, await focused());
    const ring = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    person.expect(`one sees that ${id} has the focus`, ring !== "none", ring);
  };
  await reach("user");
  await keyboard.type("alice");
  await keyboard.press("Tab");
  await keyboard.type("not her password");
  await keyboard.press("Enter");
  await page.getByRole("alert").waitFor();
  await person.says("That name and password do not belong together.");
  person.expect("the name stays", (await page.locator("#user").inputValue()) === "alice");
  person.expect("the password does not", (await page.locator("#password").inputValue()) === "");
  person.expect("the password has the focus", (await focused()) === "password", await focused());
  await person.looks("wrong-password");
  await reach("password");
  await keyboard.type(world.users.alice.password);
  await keyboard.press("Enter");
  await page.getByRole("button", { name: "Approve" }).waitFor();
  const boxes = await page.locator("input[name=scope]").evaluateAll((all) => all.map((box) => box.value));
  await reach(boxes[0]);
  await keyboard.press("Space");
  person.expect("Space takes a permission away", !(await page.locator("input[name=scope]").first().isChecked()));
  await keyboard.press("Space");
  await reach("approve");
  if (stage.shots) await page.screenshot({ path: join(stage.shots, "keyboard-approve.png") });
  await keyboard.press("Enter");
  await person.says("close this");
  person.expect("the command ends with 0", (await login.ended()) === 0, login.text);
  // The browser itself notes an answer of 401.
  await person.leaves({ to: [world.issuer, new URL(page.url()).origin], known: /status of 401/ });
}

// Two callers of one endpoint; one is forgotten and comes again, the other stays.
export async function two(stage) {
  const { machine, world } = stage;
  const folk = { alice: "writer", bob: "reader" };
  let last;
  for (const [user, name] of Object.entries(folk)) last = await consented(stage, `two-${user}`, user, name);
  const status = await machine.run("login", "--status");
  last.expect("--status lists both", /^writer: connected/m.test(status.text) && /^reader: connected/m.test(status.text), status.text);
  stage.keeps("two-status", status.text);

  // Whoever made a copy before must not be able to go on with it.
  cpSync(join(machine.folder, "vault"), join(machine.folder, "copy"), { recursive: true });
  const forgot = await machine.run("login", "--forget", "--as", "writer");
  last.expect("--forget revokes and deletes", forgot.code === 0 && /revoked at/.test(forgot.text) && /is forgotten/.test(forgot.text), forgot.text);
  stage.keeps("two-forget", forgot.text);
  const copied = await judges(stage, "writer", "of a copy", { HALLMARK_VAULT: `file:${join(machine.folder, "copy")}` });
  last.expect("the server has ended it", copied.code === 4 && /hallmark login --url/.test(copied.text), copied.text);
  const gone = await machine.run("login", "--status", "--as", "writer");
  last.expect("--status says that it is gone", gone.code === 4 && /there is no login `writer`/.test(gone.text), gone.text);
  const other = await machine.run("login", "--status", "--as", "reader");
  last.expect("the other stays", other.code === 0 && /reader: connected/.test(other.text), other.text);
  const again = await machine.run("login", "--forget", "--as", "writer");
  last.expect("forgetting twice is no error", again.code === 0 && /there is no login/.test(again.text), again.text);
  await consented(stage, "two-again", "alice", "writer");
  const back = await machine.run("login", "--status", "--as", "writer");
  last.expect("a login after --forget stands", back.code === 0 && /writer: connected/.test(back.text), back.text);
}

async function consented(stage, where, user, name) {
  const { machine, world } = stage;
  const person = await stage.person(where);
  const login = machine.start(["login", "--url", world.urls.mcp, "--as", name, "--no-browser"]);
  await person.arrives(await login.address(), user, world.users);
  await person.presses("Approve");
  await person.says("close this");
  person.expect("the command ends with 0", (await login.ended()) === 0, login.text);
  await person.leaves({ to: [world.issuer, new URL(person.page.url()).origin] });
  return person;
}

export const ways = { approve, narrow, keyboard, two };
