//! The one style of all pages: system fonts, light and dark, down to a phone's width.

pub(super) const STYLE: &str = "
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --edge: #7d8590; --ground: #f6f8fa;
  --sheet: #fff; --main: #0b5cad; --on-main: #fff; --warn: #fff8e1; --warn-line: #b58900; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --soft: #9da7b1; --line: #3d444d; --edge: #6e7681; --ground: #0d1117; --sheet: #161b22;
    --main: #74b3f5; --on-main: #0d1117; --warn: #2d2600; --warn-line: #d4a72c; --bad: #ff8f87; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 32rem; margin: 6vh auto; padding: 2rem; background: var(--sheet);
  border: 1px solid var(--line); border-radius: .5rem; overflow-wrap: anywhere; }
h1 { margin: 0 0 .5rem; font-size: 1.5rem; line-height: 1.25; }
p { margin: .5rem 0; }
.soft { color: var(--soft); font-size: .875rem; }
.note { margin: 1rem 0; padding: .75rem 1rem; border-left: .25rem solid var(--warn-line); background: var(--warn); }
.problem { color: var(--bad); font-weight: 600; }
fieldset { margin: 1.25rem 0; padding: .25rem 1rem; border: 1px solid var(--line); border-radius: .375rem; }
legend { padding: 0 .375rem; font-weight: 600; }
.choice { display: flex; gap: .75rem; padding: .625rem 0; cursor: pointer; }
.choice + .choice { border-top: 1px solid var(--line); }
.choice input { flex: none; width: 1.25rem; height: 1.25rem; margin: .125rem 0 0; accent-color: var(--main); }
.choice code { display: block; color: var(--soft); font-size: .8125rem; }
dl { margin: 1rem 0; } dt { color: var(--soft); font-size: .875rem; } dd { margin: 0 0 .5rem; }
label[for] { display: block; margin-top: 1rem; font-weight: 600; }
input:not([type=checkbox]):not([type=hidden]) { width: 100%; padding: .625rem .75rem; border: 1px solid var(--edge);
  border-radius: .375rem; background: transparent; color: inherit; font: inherit; }
.buttons { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.5rem 0 0; }
button { flex: 1 1 8rem; min-height: 2.75rem; padding: .5rem 1.25rem; border: 1px solid var(--edge);
  border-radius: .375rem; background: transparent; color: inherit; font: inherit; font-weight: 600; cursor: pointer; }
button.main { border-color: var(--main); background: var(--main); color: var(--on-main); }
button.link { flex: none; min-height: 0; padding: 0; border: 0; color: var(--main); font-weight: 400;
  text-decoration: underline; }
:focus-visible { outline: .1875rem solid var(--main); outline-offset: .125rem; }
@media (max-width: 36rem) { main { margin: 0; min-height: 100vh; border: 0; border-radius: 0; padding: 1.25rem; } }
";
