import { html } from './html.js'

const channelNames = { IN_APP: 'Inbox', PUSH: 'Push', EMAIL: 'E-mail', SMS: 'SMS' }
const outcomes = { deliver: 'goes out', defer: 'held back', suppress: 'not sent', expire: 'too late' }
const good = ['deliver', 'accepted', 'sent', 'delivered', 'read']
const waiting = ['defer', 'deferred', 'pending', 'retryable', 'unknown']
const reasons = {
  hard_stop: 'nothing may be sent to her',
  unknown_user: 'nobody knows her',
  no_device: 'she has no device',
  no_address: 'she has no address',
  channel_off: 'the channel is off',
  opted_out: 'she has muted the category',
  frequency_cap: 'she has had enough of these',
  quiet_hours: 'quiet hours',
  expired: 'past its deadline',
  overruled: 'whatever she has muted: it is transactional',
}

export function personChoice({ userId }, isChosen) {
  return html`<option value="${userId}"${isChosen ? html` selected` : ''}>${userId}</option>`
}

export function zoneChoice(zone, isChosen) {
  return html`<option value="${zone}"${isChosen ? html` selected` : ''}>${zone.replaceAll('_', ' ')}</option>`
}

/** `data-key` names a control, so that it can have the focus again when it is drawn anew. */
export function channelRow({ channel, enabled }, index, count) {
  const name = channelName(channel)
  return html`
    <li>
      <label class="row"><input type="checkbox" class="switch" data-key="on ${channel}" data-channel="${channel}"${checked(enabled)}> ${name}</label>
      <span class="moves">
        ${move(channel, -1, `${name} up`, '↑', index === 0)}
        ${move(channel, 1, `${name} down`, '↓', index === count - 1)}
      </span>
    </li>`
}

function move(channel, by, label, sign, isOff) {
  return html`<button type="button" data-key="move ${channel} ${by}" data-move="${channel}" data-by="${by}" aria-label="${label}"${isOff ? html` aria-disabled="true"` : ''}>${sign}</button>`
}

export function categoryTable(templates, preferences) {
  const columns = Object.keys(channelNames)
  return html`
    <table>
      <thead><tr><th scope="col"><span class="unseen">Category</span></th>${columns.map((each) => html`<th scope="col">${channelName(each)}</th>`)}</tr></thead>
      <tbody>${templates.map((template) => categoryRow(template, columns, preferences))}</tbody>
    </table>`
}

function categoryRow({ category, tier, channels }, columns, preferences) {
  return html`
    <tr>
      <th scope="row">${category}${tier === 'TRANSACTIONAL' ? html`<small>goes out even when muted</small>` : ''}</th>
      ${columns.map((channel) => html`<td>${channels.includes(channel) ? categoryBox(category, channel, preferences) : html`<span class="none" title="has no such text">–</span>`}</td>`)}
    </tr>`
}

function categoryBox(category, channel, preferences) {
  const label = `${category} by ${channelName(channel)}`
  return html`<input type="checkbox" data-key="${category} ${channel}" data-category="${category}" data-channel="${channel}" aria-label="${label}"${checked(wants(preferences, category, channel))}>`
}

/** What she has said of the category on this channel, else of the category, else yes. */
function wants({ categories }, category, channel) {
  const said = (of) => categories.find((each) => each.category === category && each.channel === of)?.enabled
  return said(channel) ?? said(null) ?? true
}

/** `foreseen` is null while nobody has answered; `sent` is there once one was sent. */
export function previewCard({ template, foreseen, problem, sent }, timeZone) {
  const { name, tier } = template
  return html`
    <article class="card" aria-label="${name}" aria-busy="${foreseen === null && !problem}">
      <header>
        <h3>${name} <small>${tier.toLowerCase()}</small></h3>
        <button type="button" data-key="send ${name}" data-send="${name}" aria-label="Send one ${name}">Send one</button>
      </header>
      ${problem ? html`<p class="bad">${problem}</p>` : ''}
      ${foreseen ? html`${steps(foreseen.decisions, timeZone)}${foreseen.problems.map((each) => html`<p class="bad">${each}</p>`)}` : ''}
      ${foreseen ? texts(foreseen.contents, name) : ''}
      ${sent ? sentOne(sent, timeZone) : ''}
    </article>`
}

/** Channel by channel, each with what is decided, or was, in order of time. */
function steps(decisions, timeZone) {
  const channels = [...new Set(decisions.map(({ channel }) => channel))]
  const of = (channel) => decisions.filter((each) => each.channel === channel)
  return html`<dl class="steps">${channels.map((channel) => html`<div><dt>${channelName(channel)}</dt><dd>${of(channel).map((each, index) => step(each, index, timeZone))}</dd></div>`)}</dl>`
}

function step({ at, outcome, reason, provider, until }, index, timeZone) {
  const kind = good.includes(outcome) ? 'good' : waiting.includes(outcome) ? 'waits' : 'bad'
  const why = [provider, reason && (reasons[reason] ?? reason.replaceAll('_', ' '))].filter(Boolean).join(', ')
  const details = [why && html`<span>${why}</span>`, until && html`<span>until ${instant(until, timeZone)}</span>`]
  return html`<p>${index > 0 ? html`<time datetime="${at}">${clock(at, timeZone)}</time>` : ''}<b class="${kind}">${outcomes[outcome] ?? outcome.replaceAll('_', ' ')}</b>${details.filter(Boolean)}</p>`
}

function texts(contents, name) {
  if (contents.length === 0) return ''
  return html`
    <details data-texts="${name}"><summary data-key="texts ${name}">What it says</summary>
      <dl class="texts">${contents.map(({ channel, title, subject, body }) => html`<dt>${channelName(channel)}</dt><dd>${title || subject ? html`<b>${title ?? subject}</b>` : ''}<p>${body}</p></dd>`)}</dl>
    </details>`
}

function sentOne({ id, decisions, problem }, timeZone) {
  return html`
    <div class="sent">
      <h4>Sent <code>${id ?? ''}</code></h4>
      ${problem ? html`<p class="bad">${problem}</p>` : ''}
      ${decisions.length > 0 ? steps(decisions, timeZone) : problem ? '' : html`<p>nothing decided yet …</p>`}
    </div>`
}

export function instant(at, timeZone) {
  const text = new Date(at).toLocaleString('en-GB', {
    timeZone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  })
  return html`<time datetime="${at}">${text}</time>`
}

function clock(at, timeZone) {
  return new Date(at).toLocaleTimeString('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', second: '2-digit' })
}

function channelName(channel) {
  return channelNames[channel] ?? channel
}

function checked(isOn) {
  return isOn ? html` checked` : ''
}
