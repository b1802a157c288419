/** One sheet for all inboxes of a page. A page whose policy forbids inline styles takes it all the same. */
export function styles(): CSSStyleSheet {
  sheet ??= new CSSStyleSheet()
  if (sheet.cssRules.length === 0) sheet.replaceSync(css)
  return sheet
}

let sheet: CSSStyleSheet | undefined

const css = `
:host {
  --_accent: var(--carillon-accent, light-dark(#4f46e5, #9d97ff));
  --_accent-text: var(--carillon-accent-text, light-dark(#fff, #17153b));
  --_background: var(--carillon-background, light-dark(#fff, #1c1d22));
  --_raised: var(--carillon-raised, light-dark(#f4f4f6, #2a2c33));
  --_text: var(--carillon-text, light-dark(#1b1c20, #f1f1f4));
  --_muted: var(--carillon-muted, light-dark(#62646e, #a3a6b2));
  --_line: var(--carillon-line, light-dark(#e7e7ec, #33353e));
  --_tint: var(--carillon-tint, color-mix(in oklab, var(--_accent) 7%, var(--_background)));
  --_badge: var(--carillon-badge, light-dark(#d92d3a, #ff6370));
  --_badge-text: var(--carillon-badge-text, light-dark(#fff, #2b0408));
  --_warning: var(--carillon-warning, light-dark(#fff4dc, #3a3019));
  --_warning-text: var(--carillon-warning-text, light-dark(#6b4a00, #f6d58c));
  --_radius: var(--carillon-radius, 16px);
  --_shadow: var(--carillon-shadow, 0 0 0 1px light-dark(#0000000f, #ffffff14), 0 16px 48px -8px light-dark(#1b1c2040, #000c));
  display: inline-block;
  color-scheme: light dark;
  color: var(--_text);
  font: 14px/1.45 var(--carillon-font, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", sans-serif);
  -webkit-text-size-adjust: 100%;
}
:host([theme="light"]) { color-scheme: light; }
:host([theme="dark"]) { color-scheme: dark; }
:host([inline]) { display: block; height: var(--carillon-height, 600px); }
:host([hidden]), [hidden] { display: none !important; }
*, *::before, *::after { box-sizing: border-box; }
h2, h3, h4, p, fieldset, legend { margin: 0; padding: 0; border: 0; font: inherit; }
button, input { font: inherit; color: inherit; }
button { margin: 0; padding: 0; border: 0; background: none; cursor: pointer; text-align: start; }
:focus-visible { outline: 2px solid var(--_accent); outline-offset: 2px; }
.icon { display: block; width: 20px; height: 20px; flex: none; fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; }
.icon-dot { fill: currentColor; stroke: none; }
.icon-back:dir(rtl) { scale: -1 1; }
.unseen { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.bell { position: relative; display: grid; place-items: center; width: var(--carillon-size, 40px); height: var(--carillon-size, 40px); border-radius: 50%; color: inherit; transition: background .15s; }
.bell:hover, .bell[aria-expanded="true"] { background: color-mix(in oklab, currentColor 9%, transparent); }
.bell .icon { width: 55%; height: 55%; }
.badge { position: absolute; inset-block-start: 1px; inset-inline-start: 52%; min-width: 18px; height: 18px; padding: 0 5px; border-radius: 99px; background: var(--_badge); color: var(--_badge-text); font-size: 11px; font-weight: 700; line-height: 18px; text-align: center; font-variant-numeric: tabular-nums; box-shadow: 0 0 0 2px var(--_background); white-space: nowrap; }

.panel { flex-direction: column; overflow: hidden; background: var(--_background); color: var(--_text); border: 0; padding: 0; text-align: start; }
.panel[popover] { position: fixed; inset: auto; margin: 0; width: min(var(--carillon-width, 400px), calc(100vw - 16px)); height: var(--carillon-height, 600px); max-height: calc(100dvh - 16px); border-radius: var(--_radius); box-shadow: var(--_shadow); }
.panel:popover-open, :host([inline]) .panel { display: flex; }
.panel:popover-open { animation: appear .14s ease-out; }
.panel[data-sheet] { inset: 0; width: 100vw; height: 100dvh; max-height: none; border-radius: 0; padding-block: env(safe-area-inset-top) env(safe-area-inset-bottom); }
.panel[data-sheet]::backdrop { background: #0006; }
.panel > .close { display: none; }
.panel[data-sheet] > .close { display: grid; position: absolute; inset-block-start: calc(10px + env(safe-area-inset-top)); inset-inline-end: 8px; z-index: 3; }
.panel[data-sheet] .header { padding-inline-end: 52px; }
:host([inline]) .panel { height: 100%; border-radius: var(--_radius); box-shadow: inset 0 0 0 1px var(--_line); }
@keyframes appear { from { opacity: 0; translate: 0 -6px; } }

.page { display: flex; flex-direction: column; flex: 1; min-height: 0; position: relative; }
.header { display: flex; align-items: center; gap: 8px; padding: 10px 10px 10px 18px; min-height: 56px; border-block-end: 1px solid var(--_line); }
.header:dir(rtl) { padding: 10px 18px 10px 10px; }
h2 { font-size: 17px; font-weight: 700; letter-spacing: -.01em; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.back { margin-inline-start: -8px; }
.filters { display: flex; margin-inline-start: auto; padding: 3px; border-radius: 99px; background: var(--_raised); }
.filters button { padding: 3px 12px; border-radius: 99px; color: var(--_muted); font-size: 13px; font-weight: 600; white-space: nowrap; }
.filters button:hover { color: var(--_text); }
.filters [aria-pressed="true"] { background: var(--_background); color: var(--_text); box-shadow: 0 1px 2px #0000002e; }
.round { display: grid; place-items: center; flex: none; width: 34px; height: 34px; border-radius: 50%; color: var(--_muted); }
.round:hover { background: color-mix(in oklab, var(--_text) 8%, transparent); color: var(--_text); }
[aria-disabled="true"] { opacity: .38; cursor: default; pointer-events: none; }
.plain { display: inline-flex; align-items: center; gap: 8px; padding: 6px 12px; border-radius: 99px; color: var(--_accent); font-weight: 600; }
.plain:hover { background: color-mix(in oklab, var(--_accent) 10%, transparent); }
.plain .icon { width: 17px; height: 17px; }
.footer { padding: 6px 8px; border-block-start: 1px solid var(--_line); }
.footer .plain { color: var(--_muted); font-weight: 500; font-size: 13px; }
.footer .plain:hover { color: var(--_text); background: var(--_raised); }
.banner { padding: 9px 18px; background: var(--_warning); color: var(--_warning-text); font-size: 13px; }
.status { margin-inline-start: auto; padding-inline-end: 10px; color: var(--_muted); font-size: 13px; }

.scroller { flex: 1; min-height: 0; overflow-y: auto; overscroll-behavior: contain; scrollbar-width: thin; scrollbar-color: var(--_line) transparent; }
article { display: block; outline: none; scroll-margin-block: 40px; }
.day { position: sticky; inset-block-start: 0; z-index: 2; padding: 10px 18px 4px; background: color-mix(in oklab, var(--_background) 94%, transparent); color: var(--_muted); font-size: 12px; font-weight: 600; }
.card { position: relative; display: flex; gap: 12px; padding: 12px 18px; transition: background .15s; }
.card::after { content: ""; position: absolute; inset-block-end: 0; inset-inline: 70px 18px; border-block-end: 1px solid var(--_line); }
.unread .card { background: var(--_tint); }
.unread .card::before { content: ""; position: absolute; inset-block-start: 27px; inset-inline-start: 6px; width: 7px; height: 7px; border-radius: 50%; background: var(--_accent); }
.card:hover { background: color-mix(in oklab, var(--_text) 4%, var(--_background)); }
.unread .card:hover { background: color-mix(in oklab, var(--_accent) 12%, var(--_background)); }
article:focus-visible .card { outline: 2px solid var(--_accent); outline-offset: -2px; border-radius: 10px; }
.picture { flex: none; display: grid; place-items: center; width: 40px; height: 40px; border-radius: 50%; object-fit: cover; font-weight: 700; font-size: 16px; color: light-dark(hsl(var(--hue) 50% 30%), hsl(var(--hue) 70% 84%)); background: light-dark(hsl(var(--hue) 65% 92%), hsl(var(--hue) 28% 26%)); }
img.picture { border-radius: 10px; background: var(--_raised); }
.text { flex: 1; min-width: 0; }
/* What is written in another direction than the page still stands where the page begins. */
.text:dir(ltr) > * { text-align: left; }
.text:dir(rtl) > * { text-align: right; }
.text .title { display: inline; color: inherit; text-decoration: none; font-weight: 500; overflow-wrap: anywhere; outline-offset: 1px; border-radius: 3px; }
.unread .text .title { font-weight: 700; }
.text .title::after { content: ""; position: absolute; inset: 0; }
.text a.title:hover { text-decoration: underline; text-underline-offset: 2px; }
.body { color: var(--_muted); overflow-wrap: anywhere; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; line-clamp: 3; overflow: hidden; }
time { display: block; margin-block-start: 3px; color: var(--_muted); font-size: 12px; }
.actions { position: relative; z-index: 1; display: flex; flex-wrap: wrap; gap: 8px; margin-block: 8px 4px; width: fit-content; }
.action { padding: 4px 12px; border-radius: 8px; border: 1px solid var(--_line); background: var(--_background); color: var(--_text); font-size: 13px; font-weight: 600; text-decoration: none; }
.action:hover { border-color: var(--_accent); color: var(--_accent); }
.tools { position: absolute; z-index: 1; inset-block-start: 5px; inset-inline-end: 10px; display: flex; gap: 2px; padding: 1px; border-radius: 99px; background: var(--_background); box-shadow: 0 1px 4px #0003, 0 0 0 1px var(--_line); opacity: 0; transition: opacity .12s; }
.tools .round { width: 27px; height: 27px; }
.tools .icon { width: 17px; height: 17px; }
.card:hover .tools, article:focus-within .tools { opacity: 1; }
@media (hover: none) {
  .tools { position: relative; inset: auto; align-self: start; flex-direction: column; margin-inline-end: -10px; background: none; box-shadow: none; opacity: 1; }
  .tools .round { width: 36px; height: 36px; }
}
.end { padding: 18px; color: var(--_muted); text-align: center; font-size: 13px; }

.toast { position: absolute; z-index: 4; inset-block-end: 58px; inset-inline: 16px; display: flex; align-items: center; justify-content: space-between; gap: 12px; padding: 8px 8px 8px 16px; min-height: 48px; border-radius: 12px; background: light-dark(#26272d, #f1f1f4); color: light-dark(#fff, #1b1c20); box-shadow: 0 6px 20px #0004; animation: appear .15s; }
.toast:dir(rtl) { padding: 8px 16px 8px 8px; }
.toast:empty { visibility: hidden; animation: none; }
.toast .plain { color: light-dark(#b9b5ff, #4f46e5); }

.blank { display: flex; flex-direction: column; align-items: center; justify-content: center; gap: 4px; min-height: 100%; padding: 48px 40px; text-align: center; text-wrap: balance; }
.blank .title { font-weight: 600; font-size: 15px; }
.blank .plain { margin-block-start: 10px; }
.disc { display: grid; place-items: center; width: 64px; height: 64px; margin-block-end: 12px; border-radius: 50%; background: var(--_raised); color: var(--_muted); }
.disc .icon { width: 28px; height: 28px; }
.hint { color: var(--_muted); font-size: 13px; }
.bones { display: grid; grid-template-columns: 40px 1fr; gap: 10px 12px; padding: 16px 18px; animation: breathe 1.4s ease-in-out infinite alternate; }
.bones > * { height: 10px; border-radius: 99px; background: var(--_raised); }
.bones i { grid-row: 1 / 3; height: 40px; }
.bones b:last-child { width: 60%; }
@keyframes breathe { to { opacity: .45; } }

form.scroller { padding: 6px 18px 24px; }
fieldset { padding-block: 14px; }
fieldset + fieldset { border-block-start: 1px solid var(--_line); }
legend { float: inline-start; width: 100%; padding-block-end: 4px; color: var(--_muted); font-size: 12px; font-weight: 600; }
legend + * { clear: both; }
.switch { display: flex; align-items: center; justify-content: space-between; gap: 16px; min-height: 42px; cursor: pointer; }
.switch input { appearance: none; flex: none; position: relative; width: 40px; height: 24px; margin: 0; border-radius: 99px; background: light-dark(#8d8f99, #6a6d78); cursor: pointer; transition: background .15s; }
.switch input::before { content: ""; position: absolute; inset-block: 3px; inset-inline-start: 3px; width: 18px; border-radius: 50%; background: #fff; transition: inset-inline-start .15s; }
.switch input:checked { background: var(--_accent); }
.switch input:checked::before { inset-inline-start: 19px; background: var(--_accent-text); }
.row { padding-block: 8px; }
.row > span { display: block; padding-block-end: 6px; overflow-wrap: anywhere; }
.chips { display: flex; flex-wrap: wrap; gap: 6px; }
.chip { position: relative; cursor: pointer; }
.chip span { display: block; padding: 4px 12px; border-radius: 99px; box-shadow: inset 0 0 0 1px light-dark(#8d8f99, #6a6d78); color: var(--_muted); font-size: 13px; }
.chip input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: pointer; }
.chip:has(:checked) span { background: color-mix(in oklab, var(--_accent) 14%, var(--_background)); box-shadow: inset 0 0 0 1.5px var(--_accent); color: var(--_text); font-weight: 600; }
.chip:has(:focus-visible) span { outline: 2px solid var(--_accent); outline-offset: 2px; }
.times { display: flex; gap: 12px; padding-block: 6px; }
.time { display: flex; align-items: center; gap: 8px; color: var(--_muted); }
.time input { padding: 5px 8px; border: 1px solid light-dark(#8d8f99, #6a6d78); border-radius: 8px; background: var(--_background); color: var(--_text); }

@media (prefers-reduced-motion: reduce) {
  *, *::before, *::after { animation: none !important; transition: none !important; }
}
@media (forced-colors: active) {
  .card::before, .badge, .switch input { forced-color-adjust: none; }
  .panel { border: 1px solid; }
}
`
