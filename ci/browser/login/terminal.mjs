// `hallmark` as a person has it: in a terminal of 80 columns, or in a pipe where a script has it.

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const PATIENCE = 30_000;

export const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

// The value as soon as there is one.
export async function soon(what, look, patience = PATIENCE) {
  const end = Date.now() + patience;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited ${patience} ms for ${what}`);
    await pause(40);
  }
}

// One running command. `text` is what it wrote; in a terminal stdout and stderr are the same.
export class Terminal {
  text = "";
  code = null;

  constructor(program, args, { env, tty }) {
    // `script` lends a real terminal; the shell in it makes way for the program, so that keys reach nobody else.
    const line = [program, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
    const command = tty ? ["script", "-qefc", `stty cols 80 rows 24; exec ${line}`, "/dev/null"] : [program, ...args];
    // A group of its own: what `script` started ends with it.
    this.child = spawn(command[0], command.slice(1), { env, stdio: ["pipe", "pipe", "pipe"], detached: true });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => (this.text += text.replaceAll("\r\n", "\n")));
    }
    // Whoever writes to a program that has ended learns it from its exit code.
    this.child.stdin.on("error", () => {});
    this.gone = new Promise((done) => this.child.on("close", (code, signal) => done((this.code = code ?? signal))));
  }

  // Waits until it wrote this.
  said(pattern) {
    return soon(`${pattern} in:\n${this.text}`, () => {
      const found = this.text.match(pattern);
      if (!found && this.code !== null) throw new Error(`ended with ${this.code} before ${pattern}:\n${this.text}`);
      return found;
    });
  }

  // The address that is shown to the person.
  async address() {
    return (await this.said(/^\s*(http:\/\/\S*\/authorize\/?\?\S+)\s*$/m))[1];
  }

  keys(text) {
    this.child.stdin.write(text);
  }

  // Its exit code, once it is over.
  async ended(patience = PATIENCE) {
    let timer;
    const late = new Promise((done) => (timer = setTimeout(done, patience)));
    await Promise.race([this.gone, late]);
    clearTimeout(timer);
    if (this.code === null) throw new Error(`still running after ${patience} ms:\n${this.text}`);
    return this.code;
  }
}

// A person's machine: a vault of its own, and a browser that is opened by handing the address on.
export class Machine {
  running = [];

  constructor(program, folder) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.program = program;
    this.folder = folder;
    this.handed = join(folder, "opened");
    const opener = join(folder, "browser");
    writeFileSync(opener, `#!/bin/sh\nprintf '%s\\n' "$1" >'${this.handed}'\n`, { mode: 0o755 });
    const { PATH, LANG } = process.env;
    this.env = {
      PATH, LANG: LANG ?? "C.UTF-8", TERM: "xterm", HOME: folder, BROWSER: opener,
      HALLMARK_VAULT: `file:${join(folder, "vault")}`,
      HALLMARK_VAULT_KEY_FILE: join(folder, "vault.key"),
      HALLMARK_VAULT_KEYRING: "off",
    };
  }

  start(args, { tty = true, env = {} } = {}) {
    const terminal = new Terminal(this.program, args, { env: { ...this.env, ...env }, tty });
    this.running.push(terminal);
    return terminal;
  }

  // A command to its end.
  async run(...args) {
    const terminal = this.start(args);
    const code = await terminal.ended(60_000);
    return { code, text: terminal.text };
  }

  // The address that the browser was opened with.
  opened() {
    return soon("an opened browser", () => existsSync(this.handed) && readFileSync(this.handed, "utf8").trim());
  }

  close() {
    for (const terminal of this.running.filter((one) => one.code === null)) {
      try {
        process.kill(-terminal.child.pid, "SIGKILL");
      } catch {
        // It ended in this moment.
      }
    }
  }
}
