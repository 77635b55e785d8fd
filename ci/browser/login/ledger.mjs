// What was expected and what was not so.

export class Ledger {
  passed = 0;
  failures = [];

  expect(where, what, good, detail = "") {
    if (good) {
      this.passed += 1;
      return;
    }
    this.failures.push(`${where}: ${what}${detail ? `: ${detail}` : ""}`);
    console.error(`FAILED ${this.failures.at(-1)}`);
  }
}
