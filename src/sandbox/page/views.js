import { html } from './html.js'

const kinds = ['throttle', 'unavailable', 'hang', 'reset', 'lose_answer', 'stale_target', 'slow']
const shares = [1, 0.5, 0.25, 0.1, 0.01]
const labels = {
  apns: 'APNs',
  fcm: 'FCM',
  sendgrid: 'SendGrid',
  twilio: 'Twilio',
  ses: 'SES',
  smtp: 'SMTP',
  vonage: 'Vonage',
}

/** A push as the lock screen of an iPhone or of an Android phone shows it. */
export function banner({ row, isNew }) {
  return html`
    <article class="banner${isNew ? ' new' : ''}" title="${tooltip(row)}">
      <img class="app" src="/page/bell.svg" alt="" width="34" height="34">
      <p class="meta"><b>Carillon</b> <time datetime="${row.at}">${clockTime(row.at)}</time></p>
      ${row.title ? html`<h3>${row.title}</h3>` : ''}
      ${row.body ? html`<p class="body">${row.body}</p>` : ''}
      ${row.title || row.body ? '' : html`<p class="body faint">silent push</p>`}
      ${picture(row.imageUrl)}
      ${row.deepLink ? html`<p class="link">${row.deepLink}</p>` : ''}
      ${row.actions?.length ? html`<p class="actions">${row.actions.map(({ title }) => html`<span>${title}</span>`)}</p>` : ''}
    </article>`
}

/** One line of the mailbox; its `data-number` opens the mail. */
export function mailLine({ number, row, isNew }) {
  const [, ...rest] = row.content.split('\n')
  return html`
    <button type="button" class="line${isNew ? ' new' : ''}" data-number="${number}" title="${tooltip(row)}">
      <span class="avatar" style="--hue:${hue(row.to)}">${row.to.charAt(0).toUpperCase()}</span>
      <span class="who">${row.to}</span>
      <time datetime="${row.at}">${clockTime(row.at)}</time>
      <b class="subject">${row.subject || 'No subject'}</b>
      <span class="preview">${rest.join(' ').slice(0, 160)}</span>
    </button>`
}

export function letterHead({ row }) {
  return html`
    <h2>${row.subject || 'No subject'}</h2>
    <button type="button" class="close" aria-label="Close" data-close>×</button>
    <dl>
      <dt>from</dt><dd>${row.from ?? ''}</dd>
      <dt>to</dt><dd>${row.to}</dd>
      <dt>at</dt><dd>${row.at} over ${label(row.provider)}</dd>
      <dt>delivery</dt><dd><code>${row.deliveryId ?? 'none'}</code></dd>
    </dl>
    ${unsubscribeLink(row.unsubscribeUrl)}`
}

/** Only where it leads to a web page: a link of any other kind is not followed. */
function unsubscribeLink(url) {
  return /^https?:\/\//i.test(url ?? '')
    ? html`<a class="unsubscribe" href="${url}" target="_blank" rel="noopener noreferrer">Unsubscribe</a>`
    : ''
}

/** The mail itself. What it holds cannot run and cannot reach this page: the frame has no permission at all. */
export function letterBody({ number, row }) {
  return row.html === undefined
    ? html`<pre>${row.text ?? row.content}</pre>`
    : html`<iframe sandbox src="/messages/${number}/html" title="${row.subject || 'Mail'}"></iframe>`
}

export function bubble({ row, isNew }) {
  return html`
    <article class="bubble${isNew ? ' new' : ''}" title="${tooltip(row)}">
      <p>${row.content}</p>
      <footer>${row.from ? html`${row.from} · ` : ''}<time datetime="${row.at}">${clockTime(row.at)}</time></footer>
    </article>`
}

export function numberChoice(number, count, isChosen) {
  return html`<option value="${number}"${isChosen ? html` selected` : ''}>${number}${count > 1 ? ` (${count})` : ''}</option>`
}

/** A provider with its counts, its fault and the means to change it. */
export function providerCard({ provider, fault, requests, accepted, refused }) {
  return html`
    <form class="provider${fault ? ' faulty' : ''}" data-provider="${provider}">
      <header><h2>${label(provider)}</h2><p class="state">${fault ? faultText(fault) : 'working'}</p></header>
      <p class="counts"><b>${accepted}</b> accepted <b>${refused}</b> refused${unanswered(requests - accepted - refused)}</p>
      ${fault ? html`<button type="button" data-end="${provider}">End</button>` : ''}
      <p class="set">
        <select name="kind" aria-label="Fault of ${label(provider)}">
          ${kinds.map((kind) => html`<option value="${kind}"${fault?.kind === kind ? html` selected` : ''}>${kind.replace('_', ' ')}</option>`)}
        </select>
        <select name="share" aria-label="Share of requests">
          ${shares.map((share) => html`<option value="${share}"${fault?.share === share ? html` selected` : ''}>${share * 100} %</option>`)}
        </select>
        <button type="submit">Set</button>
      </p>
    </form>`
}

export function nothing(text) {
  return html`<p class="nothing">${text}</p>`
}

function faultText({ kind, share, to, afterMs, count, befell }) {
  const parts = [
    kind.replace('_', ' '),
    share < 1 ? `${share * 100} %` : '',
    to ? `to ${to.length > 18 ? `${to.slice(0, 16)}…` : to}` : '',
    afterMs ? `${afterMs} ms` : '',
    count ? `${befell} of ${count}` : '',
  ]
  return parts.filter(Boolean).join(' · ')
}

function unanswered(count) {
  return count > 0 ? html` <b>${count}</b> unanswered` : ''
}

/** Only what an <img> can load: a link of any other kind is not followed. */
function picture(url) {
  return /^(https?:\/\/|data:image\/)/i.test(url ?? '')
    ? html`<img class="picture" src="${url}" alt="" loading="lazy" referrerpolicy="no-referrer">`
    : ''
}

function tooltip(row) {
  return [`to ${row.to} over ${label(row.provider)}`, row.deliveryId, row.collapseId && `collapse ${row.collapseId}`]
    .filter(Boolean)
    .join('\n')
}

function label(provider) {
  return labels[provider] ?? provider
}

function clockTime(at) {
  const date = new Date(at)
  return Number.isNaN(date.getTime()) ? '' : date.toLocaleTimeString('en-GB')
}

function hue(text) {
  return [...text].reduce((sum, character) => (sum * 31 + character.codePointAt(0)) % 360, 7)
}
