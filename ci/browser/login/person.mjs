// A person in front of Chromium: one window with its cookies, and everything on its pages that should not be.

import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PHONE = { width: 360, height: 740 };
const DESK = { width: 1280, height: 900 };

export class Person {
  trouble = [];
  requests = [];

  // `page`: a window that is open already.
  constructor(ledger, where, page, shots) {
    Object.assign(this, { ledger, where, page, shots });
    page.on("console", (message) => ["error", "warning"].includes(message.type()) && this.trouble.push(message.text()));
    page.on("pageerror", (error) => this.trouble.push(String(error)));
    page.on("request", (request) => this.requests.push(request));
    if (shots) mkdirSync(shots, { recursive: true });
  }

  static async sits(ledger, where, browser, shots) {
    const context = await browser.newContext({ viewport: DESK });
    return new Person(ledger, where, await context.newPage(), shots);
  }

  expect(what, good, detail = "") {
    this.ledger.expect(this.where, what, good, detail);
  }

  open(address) {
    return this.page.goto(address, { waitUntil: "load" });
  }

  text() {
    return this.page.locator("body").innerText();
  }

  // The page, or the one that is about to come.
  async says(...words) {
    const patient = (word) => this.page.getByText(word).first().waitFor({ timeout: 10_000 });
    await patient(words[0]).catch(() => {});
    const text = await this.text();
    for (const word of words) this.expect(`the page says "${word}"`, text.includes(word), text.replace(/\s+/g, " "));
  }

  async signsIn(name, password) {
    await this.page.getByLabel("Name").fill(name);
    await this.page.getByLabel("Password").fill(password);
    await this.page.getByRole("button", { name: "Sign in" }).click();
  }

  async presses(button) {
    await this.page.getByRole("button", { name: button }).click();
  }

  // From the address of the terminal to the consent page.
  async arrives(address, name, users) {
    await this.open(address);
    await this.signsIn(name, users[name].password);
    await this.page.getByRole("button", { name: "Approve" }).waitFor();
  }

  // Looks at the page that is open: light, dark and on a phone.
  async looks(name) {
    for (const [how, scheme, viewport] of [["light", "light", DESK], ["dark", "dark", DESK], ["phone", "light", PHONE], ["phone-dark", "dark", PHONE]]) {
      await this.page.setViewportSize(viewport);
      await this.page.emulateMedia({ colorScheme: scheme });
      if (this.shots) await this.page.screenshot({ path: join(this.shots, `${this.where}-${name}-${how}.png`), fullPage: true });
      const wide = await this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      this.expect(`${name}: no sideways scrolling, ${how}`, wide <= 0, `${wide} px too wide`);
      await this.audits(name, how);
    }
    const ground = await this.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    this.expect(`${name}: dark is dark`, ground.match(/\d+/g).slice(0, 3).every((part) => Number(part) < 60), ground);
    await this.page.setViewportSize(DESK);
    await this.page.emulateMedia({ colorScheme: "light" });
    const scripts = await this.page.locator("script[src], img, iframe, object, link[href], [onclick], [onload]").count();
    this.expect(`${name}: nothing is loaded`, scripts === 0, `${scripts} elements`);
    this.expect(`${name}: one h1`, (await this.page.locator("h1").count()) === 1);
    this.expect(`${name}: a title`, (await this.page.title()).length > 3, await this.page.title());
  }

  // axe comes in through the debugger, so the page's policy stays in force.
  async audits(name, how) {
    await this.page.evaluate(AXE);
    const found = await this.page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
    const told = found.violations.map((one) => `${one.id} (${one.nodes[0].html.slice(0, 160)})`);
    this.expect(`${name}: axe finds nothing, ${how}`, told.length === 0, told.join("; "));
    this.expect(`${name}: axe looked at something, ${how}`, found.passes.length > 8, `${found.passes.length} rules passed`);
  }

  // Another site with the page in a frame, which a person would click through (RFC 9700 §4.16).
  async cannotBeFramed(name) {
    const site = await this.page.context().newPage();
    await site.setContent(`<iframe src="${this.page.url().replaceAll("&", "&amp;")}"></iframe>`);
    await site.waitForFunction(() => globalThis.frames[0]?.length === 0);
    const text = await site.frames()[1].locator("body").innerText().catch(() => "");
    this.expect(`${name}: no other site can frame it`, /refused to connect/.test(text), text);
    await site.close();
  }

  // As on another machine. `page.route` does not see where a redirect leads.
  async cannotReach(origin) {
    const session = await this.page.context().newCDPSession(this.page);
    session.on("Fetch.requestPaused", ({ requestId }) =>
      session.send("Fetch.failRequest", { requestId, errorReason: "ConnectionRefused" }));
    await session.send("Fetch.enable", { patterns: [{ urlPattern: `${origin}/*` }] });
  }

  // The code that the browser brought to the redirect URI.
  answer(back) {
    const sent = this.requests.map((request) => new URL(request.url())).find((url) => url.origin === back.origin && url.search);
    const code = sent?.searchParams.get("code") ?? "";
    this.expect("the browser brought a code", code.length > 20);
    return code;
  }

  // What the browser keeps of where it was: the entries behind Back and Forward.
  async entries() {
    const session = await this.page.context().newCDPSession(this.page);
    const { entries } = await session.send("Page.getNavigationHistory");
    await session.detach();
    return entries.map((entry) => entry.url);
  }

  // The addresses of all requests of documents, and what each said about where it came from.
  async referers() {
    const told = await Promise.all(this.requests.map(async (request) => (await request.allHeaders()).referer));
    return told.filter(Boolean);
  }

  // No request to anybody but these, no Referer, nothing on the console but `known`.
  async leaves({ to, known = /^$/ }) {
    const away = this.requests.map((request) => new URL(request.url()).origin).filter((origin) => !to.includes(origin));
    this.expect("no request to anybody else", away.length === 0, away.join(" "));
    const referers = await this.referers();
    this.expect("no Referer is sent", referers.length === 0, referers.join(" "));
    const trouble = this.trouble.filter((text) => !known.test(text));
    this.expect("nothing on the console", trouble.length === 0, trouble.join("; "));
    await this.page.context().close();
  }
}
