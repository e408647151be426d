/** The style sheet of every page. */
export const STYLES = `
:root {
  color-scheme: light dark;
  --page: #fff; --raised: #f6f7f9; --line: #e1e4e9; --text: #1c2026; --muted: #5d6673;
  --accent: #2559bd; --on-accent: #fff; --danger: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #15181c; --raised: #1e2227; --line: #30363e; --text: #e4e7eb; --muted: #9aa4b1;
    --accent: #8ab0f7; --on-accent: #10151d; --danger: #f2938c;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
a { color: inherit; text-decoration: none; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 6px; }
.bar, main { max-width: 72rem; margin: 0 auto; padding: 0 1.25rem; }
.bar { display: flex; gap: .75rem; align-items: center; min-height: 52px; }
.home { font-weight: 600; }
.bar ol { display: flex; flex-wrap: wrap; margin: 0; padding: 0; list-style: none; color: var(--muted); }
.bar li { overflow-wrap: anywhere; }
.bar li::before { content: "/"; margin-right: .5rem; color: var(--line); }
.bar li + li::before { margin-left: .5rem; }
.bar li[aria-current] { color: var(--text); font-weight: 500; }
.bar li a:hover, .home:hover { color: var(--accent); }
main { position: relative; padding-bottom: 3rem; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; }
th { position: sticky; top: 0; z-index: 2; height: 36px; padding: 0 .5rem; background: var(--page);
  box-shadow: inset 0 -1px var(--line); color: var(--muted); font-size: 13px; font-weight: 500; text-align: left; }
td { height: 40px; padding: 0 .5rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
tbody tr { position: relative; }
tbody tr:hover { background: var(--raised); }
.name a { display: flex; gap: .625rem; align-items: center; }
.name a::after { content: ""; position: absolute; inset: 0; }
.name bdi { overflow: hidden; text-overflow: ellipsis; white-space: pre; }
.icon { flex: none; fill: none; stroke: var(--muted); stroke-width: 1.25; stroke-linejoin: round; }
.icon.folder { fill: var(--accent); stroke: var(--accent); }
.size { width: 7rem; text-align: right; }
.date { width: 9.5rem; }
.actions { width: 5.5rem; text-align: right; }
td.size, td.date { color: var(--muted); font-variant-numeric: tabular-nums; }
td.size, td.date time { position: relative; z-index: 1; pointer-events: auto; }
.actions a { position: relative; z-index: 1; padding: .25rem .375rem; border-radius: 6px; color: var(--muted); font-size: 13px; }
.actions a:hover { color: var(--danger); background: var(--page); }
.button, button { display: inline-block; padding: .3125rem .875rem; border: 1px solid var(--line); border-radius: 6px;
  background: var(--raised); color: var(--text); font: inherit; font-weight: 500; cursor: pointer; }
.button:hover, button:hover { border-color: var(--muted); }
.primary { border-color: var(--accent); background: var(--accent); color: var(--on-accent); }
.danger { border-color: var(--danger); background: none; color: var(--danger); }
.menu { position: relative; flex: none; margin-left: auto; }
.menu summary { list-style: none; }
.menu summary::-webkit-details-marker { display: none; }
.menu .upload { position: absolute; right: 0; top: calc(100% + .375rem); z-index: 3; box-shadow: 0 6px 24px #0003; }
.upload { display: grid; grid-template-columns: 1fr auto; gap: .75rem; align-items: center; width: min(26rem, calc(100vw - 1.5rem));
  padding: .875rem; border: 1px solid var(--line); border-radius: 6px; background: var(--raised); text-align: left; }
.upload input[type="file"] { grid-column: 1 / -1; grid-row: 1; width: 100%; }
.check { display: flex; gap: .5rem; align-items: center; }
input { font: inherit; accent-color: var(--accent); }
.notice { max-width: 34rem; margin: 12vh auto 0; text-align: center; overflow-wrap: anywhere; }
.notice h1 { margin: 0 0 .5rem; font-size: 20px; font-weight: 600; }
.notice p { margin: 0 0 1rem; color: var(--muted); }
.notice .upload { margin: 0 auto; }
.notice .choice { display: flex; gap: .75rem; justify-content: center; }
.pager { display: flex; gap: .75rem; margin-top: 1rem; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
@media (max-width: 40rem) {
  .bar, main { padding: 0 .75rem; }
  .date { display: none; }
  .size { width: 5.5rem; }
  .actions { width: 4.5rem; }
}
`.trimStart();
