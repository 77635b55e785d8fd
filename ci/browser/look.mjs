// Opens every page below a folder in headless Chromium and looks at it as a person would: on a screen, a phone, at
// 200 % zoom, in the dark, on paper, with a keyboard, and with a screen reader's eyes (axe). Pages are served with the
// content security policy of a CI server that shows artefacts, except for those that are one file.
//
//   node look.mjs PAGES [SHOTS]

import { createServer } from "node:http";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const [pages, shots] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const STRICT = "default-src 'none'; style-src 'self'; img-src 'self'";
const TYPES = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".json": "application/json" };

let passed = 0;
const failures = [];
function expect(page, what, good, detail = "") {
  if (good) passed += 1;
  else {
    failures.push(`${page}: ${what}${detail ? `: ${detail}` : ""}`);
    console.error(`FAILED ${failures.at(-1)}`);
  }
}

function serve() {
  const server = createServer((request, response) => {
    const path = join(pages, normalize(new URL(request.url, "http://x").pathname));
    // What a browser asks for by itself, not the page.
    if (request.url === "/favicon.ico") return response.writeHead(204).end();
    if (!path.startsWith(pages) || !existsSync(path)) return response.writeHead(404).end();
    const headers = { "Content-Type": TYPES[extname(path)] ?? "text/plain" };
    if (!path.includes("/single/")) headers["Content-Security-Policy"] = STRICT;
    response.writeHead(200, headers).end(readFileSync(path));
  });
  return new Promise((ready) => server.listen(0, "127.0.0.1", () => ready(server)));
}

// A page that notes everything it should not do.
async function opened(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const trouble = [];
  const asked = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && trouble.push(message.text()));
  page.on("pageerror", (error) => trouble.push(String(error)));
  page.on("request", (request) => asked.push(request.url()));
  page.on("response", (response) => response.status() >= 400 && trouble.push(`${response.status()} ${response.url()}`));
  const begin = performance.now();
  await page.goto(url, { waitUntil: "load" });
  return { context, page, trouble, asked, took: performance.now() - begin };
}

const sideways = (page) =>
  page.evaluate(() => {
    const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    if (wide <= 0) return "";
    const right = document.documentElement.clientWidth + 1;
    const inside = (element) => element.closest(".wide") && !element.matches(".wide");
    const widest = [...document.querySelectorAll("body *")].find(
      (element) => !inside(element) && element.getBoundingClientRect().right > right,
    );
    return `${wide} px too wide, ${widest?.outerHTML.slice(0, 120)}`;
  });

async function audit(browser, url, name, options, how) {
  // The policy is bypassed here alone, because axe has to be put into the page.
  const { context, page } = await opened(browser, url, { ...options, bypassCSP: true });
  // Folded text counts, too.
  await page.evaluate(() => document.querySelectorAll("details").forEach((details) => (details.open = true)));
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  const told = found.violations.map((violation) => `${violation.id} (${violation.nodes[0].html.slice(0, 160)})`);
  expect(name, `axe finds nothing, ${how}`, told.length === 0, told.join("; "));
  expect(name, `axe looked at something, ${how}`, found.passes.length > 10, `${found.passes.length} rules passed`);
  expect(name, `no sideways scrolling unfolded, ${how}`, !(await sideways(page)), await sideways(page));
  await context.close();
}

async function look(browser, server, name) {
  const url = `http://127.0.0.1:${server.address().port}/${name}/index.html`;
  const { context, page, trouble, asked, took } = await opened(browser, url);
  const text = await page.locator("body").innerText();
  expect(name, "opens within two seconds", took < 2000, `${Math.round(took)} ms`);
  expect(name, "the verdict is on the first screen", await page.locator("h1").isVisible());
  expect(name, "one h1, headings without gaps", await orderly(page));
  expect(name, "styles apply", (await page.locator(".verdict").evaluate((e) => getComputedStyle(e).borderTopWidth)) === "6px");
  const script = await page.locator("script, img, iframe, object, form, [onclick], [onerror], [onload]").count();
  expect(name, "nothing runs", script === 0, `${script} elements`);
  expect(name, "nothing of a peer is markup", !/alert\(1\)/.test(await page.title()) || text.includes("<script>"));

  const folds = page.locator("details.family");
  if (await folds.count()) {
    const fold = folds.first();
    await fold.locator("> summary").focus();
    await page.keyboard.press("Enter");
    expect(name, "unfolds with the keyboard", await fold.locator(".scenario").first().isVisible());
    await page.keyboard.press("Enter");
    expect(name, "folds again", !(await fold.locator(".scenario").first().isVisible()));
  }
  await page.goto(url);
  await page.keyboard.press("Tab");
  expect(name, "the first stop of the keyboard skips to the verdict",
    (await page.evaluate(() => document.activeElement?.getAttribute("href"))) === "#verdict");
  for (const link of await page.locator(".contents a, .first a").all()) {
    const target = await link.getAttribute("href");
    expect(name, `${target} leads somewhere`, (await page.locator(`[id="${target.slice(1)}"]`).count()) === 1);
  }

  await page.evaluate(() => document.activeElement?.blur());
  for (const [width, how] of [[360, "phone"], [640, "200 % zoom"], [320, "400 % zoom"]]) {
    await page.setViewportSize({ width, height: 780 });
    expect(name, `no sideways scrolling, ${how}`, !(await sideways(page)), await sideways(page));
    if (how === "phone" && shots) await page.screenshot({ path: join(shots, `${name}-phone.png`), fullPage: true });
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  if (shots) await page.screenshot({ path: join(shots, `${name}-light.png`), fullPage: true });

  await page.emulateMedia({ media: "print" });
  const hidden = await page.locator(".failure > :not(summary)").evaluateAll((all) =>
    all.filter((element) => !element.checkVisibility({ contentVisibilityAuto: false })).length);
  expect(name, "all evidence is printed", hidden === 0, `${hidden} parts hidden`);
  expect(name, "the contents are not printed", !(await page.locator(".contents").isVisible()));
  const pdf = await page.pdf({ format: "A4", preferCSSPageSize: true, printBackground: true });
  expect(name, "prints", pdf.subarray(0, 5).toString() === "%PDF-" && pdf.length > 5000, `${pdf.length} bytes`);
  if (shots) writeFileSync(join(shots, `${name}.pdf`), pdf);
  await context.close();

  const away = asked.filter((address) => !address.startsWith(url.replace(/index\.html$/, "")));
  expect(name, "no request leaves the page", away.length === 0, away.join(" "));
  expect(name, "nothing on the console", trouble.length === 0, trouble.join("; "));

  const dark = await opened(browser, url, { colorScheme: "dark" });
  const ground = await dark.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  expect(name, "dark is dark", ground.match(/\d+/g).slice(0, 3).every((part) => Number(part) < 60), ground);
  if (shots) await dark.page.screenshot({ path: join(shots, `${name}-dark.png`), fullPage: true });
  await dark.context.close();

  await audit(browser, url, name, { colorScheme: "light" }, "light");
  await audit(browser, url, name, { colorScheme: "dark" }, "dark");
  await audit(browser, url, name, { colorScheme: "light", viewport: { width: 360, height: 780 } }, "phone");
}

// Every heading is at most one level below the one before it.
const orderly = (page) =>
  page.evaluate(() => {
    const levels = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map((heading) => Number(heading.tagName[1]));
    const steps = levels.every((level, at) => level <= (levels[at - 1] ?? 0) + 1);
    return steps && levels.filter((level) => level === 1).length === 1;
  });

// What only some pages say.
async function particular(browser, server, says) {
  for (const [name, words] of Object.entries(says)) {
    const { context, page } = await opened(browser, `http://127.0.0.1:${server.address().port}/${name}/index.html`);
    const text = await page.locator("main").innerText();
    for (const word of words) expect(name, `says "${word}"`, text.includes(word));
    await context.close();
  }
}

const profile = mkdtempSync(join(tmpdir(), "hallmark-browser-"));
const server = await serve();
if (shots) mkdirSync(shots, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  headless: true,
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
  ],
  env: { ...process.env, HOME: profile, XDG_CONFIG_HOME: profile, XDG_CACHE_HOME: profile },
});
try {
  const names = readdirSync(pages, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(pages, entry.name, "index.html")))
    .map((entry) => entry.name)
    .sort();
  expect("all", "there are pages", names.length >= 10, names.join(" "));
  for (const name of names) {
    await look(browser, server, name);
    console.log(`looked at ${name}`);
  }
  await particular(browser, server, {
    healthy: ["Passed", "Coverage"],
    defects: ["Failed,", "What to look at first", "BEARER-04", "Wrong access decision", "Repeat just this"],
    cut: ["cut short", "did not finish"],
    single: ["Failed,", "What broke"],
    "golden-matrix": ["Leak", "LEAK", "declared invisible", "1,843,200 bytes"],
    "golden-hostile": ["<script>alert(1)</script>"],
    "golden-revisions": ["2025-03-26, 2025-06-18, 2025-11-25"],
    "golden-open": ["judged without a credential", "--bearer-env NAME"],
    "golden-load": ["Answered as asked", "How fast", "What happened meanwhile", "The run is valid"],
    "golden-load-void": ["Not valid", "say nothing of the target"],
    "golden-load-cut-short": ["cut short"],
    "golden-load-compared": ["worse, beyond the noise", "within the noise"],
    "golden-one-cause": ["5 of 5 failed checks, under 5 rules, got HTTP 500 where a refusal was expected"],
  });
} finally {
  await browser.close();
  server.close();
  rmSync(profile, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length === 0 ? 0 : 1;
