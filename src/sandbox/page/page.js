import { banner, bubble, letterBody, letterHead, mailLine, nothing, numberChoice, providerCard } from './views.js'

const mostShown = 100
const byId = (id) => document.getElementById(id)

/** The newest messages of each kind, newest first; a message is known by its number. */
const shown = { apns: [], fcm: [], EMAIL: [], SMS: [] }
const seen = new Set()
let chosenNumber = null

follow()
tick()
setInterval(tick, 1000)
render(Object.keys(shown))

function follow() {
  const events = new EventSource('/events')
  events.onopen = () => tellLive('live', true)
  events.onerror = () => tellLive('reconnecting', false)
  on(events, 'faults', showFaults)
  on(events, 'messages', ({ size, messages }) => {
    byId('total').textContent = size.toLocaleString('en')
    render(new Set(messages.filter(({ number }) => !seen.has(number)).map(take)))
  })
  on(events, 'cleared', empty)
}

function on(events, name, handle) {
  events.addEventListener(name, ({ data }) => handle(JSON.parse(data)))
}

function tellLive(text, isLive) {
  byId('live').textContent = text
  byId('live').classList.toggle('on', isLive)
}

function take({ number, row }) {
  const isNew = Date.now() - Date.parse(row.at) < 5000
  const kind = row.channel === 'PUSH' ? (row.provider === 'apns' ? 'apns' : 'fcm') : row.channel
  seen.add(number)
  shown[kind].unshift({ number, row, isNew })
  for (const { number: old } of shown[kind].splice(mostShown)) seen.delete(old)
  return kind
}

function empty() {
  seen.clear()
  for (const list of Object.values(shown)) list.length = 0
  byId('total').textContent = '0'
  render(Object.keys(shown))
}

function render(kinds) {
  for (const kind of kinds) {
    if (kind === 'apns') fill('iphone', shown.apns.slice(0, 40).map(banner), 'No notifications')
    if (kind === 'fcm') fill('android', shown.fcm.slice(0, 40).map(banner), 'No notifications')
    if (kind === 'EMAIL') renderMail()
    if (kind === 'SMS') renderSms()
    // What has been shown once does not arrive again when its neighbours do.
    for (const message of shown[kind]) message.isNew = false
  }
}

function renderMail() {
  fill('mail', shown.EMAIL.map(mailLine), 'Mail that the providers accept arrives here.')
  byId('mail-count').textContent = shown.EMAIL.length || ''
}

function renderSms() {
  const counts = new Map()
  for (const { row } of shown.SMS) counts.set(row.to, (counts.get(row.to) ?? 0) + 1)
  const number = counts.has(chosenNumber) ? chosenNumber : shown.SMS[0]?.row.to
  byId('numbers').hidden = counts.size === 0
  byId('reply').hidden = counts.size === 0
  byId('reply').dataset.from = number ?? ''
  byId('numbers').innerHTML = [...counts].map(([each, count]) => numberChoice(each, count, each === number)).join('')
  const thread = shown.SMS.filter(({ row }) => row.to === number).reverse()
  fill('sms', thread.map(bubble), 'Text messages arrive here, by number.')
  byId('sms').scrollTop = byId('sms').scrollHeight
}

function fill(id, views, otherwise) {
  byId(id).innerHTML = views.length > 0 ? views.join('') : String(nothing(otherwise))
}

function showFaults(states) {
  const cards = byId('providers')
  for (const state of Object.values(states)) {
    const card = cards.querySelector(`[data-provider="${state.provider}"]`)
    const view = String(providerCard(state))
    if (!card) cards.insertAdjacentHTML('beforeend', view)
    // Somebody is choosing: only the words around the form's fields may change under their hands.
    else if (card.contains(document.activeElement)) refresh(card, view)
    else card.outerHTML = view
  }
}

function refresh(card, view) {
  const fresh = document.createElement('template')
  fresh.innerHTML = view
  for (const part of ['.state', '.counts']) card.querySelector(part).replaceWith(fresh.content.querySelector(part))
}

async function putFault(provider, fault) {
  document.activeElement?.blur()
  await fetch(`/faults/${provider}`, { method: 'PUT', body: JSON.stringify(fault) })
}

/** What became of it, in words. */
async function reply(from, body) {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch('/sms/replies', { method: 'POST', headers, body: JSON.stringify({ from, body }) })
  const { status, error } = await response.json()
  if (error) return `not sent: ${error}`
  if (status === null) return 'not sent: the gateway does not answer'
  return status === 204 ? `sent from ${from}` : `refused by the gateway with ${status}`
}

byId('providers').addEventListener('submit', (event) => {
  event.preventDefault()
  const form = new FormData(event.target)
  putFault(event.target.dataset.provider, { kind: form.get('kind'), share: Number(form.get('share')) })
})
byId('providers').addEventListener('click', ({ target }) => {
  if (target.dataset.end) putFault(target.dataset.end, { kind: 'ok' })
})
byId('mail').addEventListener('click', ({ target }) => {
  const line = target.closest('[data-number]')
  const mail = shown.EMAIL.find(({ number }) => String(number) === line?.dataset.number)
  if (!mail) return
  byId('letter-head').innerHTML = letterHead(mail)
  byId('letter-body').innerHTML = letterBody(mail)
  byId('letter').showModal()
})
byId('letter').addEventListener('click', ({ target }) => {
  if (target === byId('letter') || target.hasAttribute('data-close')) byId('letter').close()
})
byId('letter').addEventListener('close', () => byId('letter-body').replaceChildren())
byId('numbers').addEventListener('change', ({ target }) => {
  chosenNumber = target.value
  renderSms()
})
byId('reply').addEventListener('submit', async (event) => {
  event.preventDefault()
  const [body, from] = [event.submitter.value, byId('reply').dataset.from]
  byId('reply-told').textContent = `${body} …`
  byId('reply-told').textContent = `${body} ${await reply(from, body)}`
})
byId('clear').addEventListener('click', () => fetch('/messages', { method: 'DELETE' }))
document.querySelector('.tabs').addEventListener('click', ({ target }) => {
  if (target.dataset.tab) document.body.dataset.tab = target.dataset.tab
})
// A picture that cannot be loaded (no network) leaves its banner rather than a hole in it.
document.addEventListener('error', ({ target }) => target.classList?.contains('picture') && target.remove(), true)

function tick() {
  const now = new Date()
  for (const clock of document.querySelectorAll('.clock')) {
    clock.textContent = now.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
  }
  for (const date of document.querySelectorAll('.date')) {
    date.textContent = now.toLocaleDateString('en-GB', { weekday: 'long', day: 'numeric', month: 'long' })
  }
}
