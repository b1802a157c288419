import { samples } from './inbox-samples.js'
import { words } from './inbox-words.js'
import { people, sendOne } from './preferences-gateway.js'

const byId = (id) => document.getElementById(id)
let sent = Math.floor(Math.random() * 1000)

start()

async function start() {
  byId('what').append(...Object.entries(samples).map(([name, { title }]) => new Option(title, name)))
  try {
    const persons = (await people()).map(({ userId }) => userId)
    // On two devices each: a bell on the phone, the list on the laptop.
    byId('seats').append(...persons.slice(0, 2).map((userId) => seat(userId, persons)))
  } catch ({ message }) {
    byId('notice').hidden = false
    byId('notice').textContent = message
  }
}

function seat(first, persons) {
  const node = byId('seat').content.cloneNode(true).firstElementChild
  const [who, send, inboxes] = [
    node.querySelector('select'),
    node.querySelector('.quiet'),
    node.querySelectorAll('carillon-inbox'),
  ]
  const sit = () => {
    node.dataset.userId = who.value
    send.textContent = `Send to ${who.value}`
    // The sandbox signs in for whom it is told: see gateway-socket.ts.
    for (const each of inboxes) each.setAttribute('token', who.value)
  }
  who.append(...persons.map((userId) => new Option(userId, userId, false, userId === first)))
  who.addEventListener('change', sit)
  send.addEventListener('click', () => sendTo([who.value]))
  sit()
  return node
}

async function sendTo(userIds) {
  const template = byId('what').value
  sent += 1
  try {
    await Promise.all(
      [...new Set(userIds)].map((userId) =>
        sendOne(userId, { template, data: samples[template].data(sent), channels: ['IN_APP'] }),
      ),
    )
    byId('told').textContent = ''
  } catch ({ message }) {
    byId('told').textContent = message
  }
}

byId('send').addEventListener('submit', (event) => {
  event.preventDefault()
  sendTo([...document.querySelectorAll('.seat')].map(({ dataset }) => dataset.userId))
})
byId('theme').addEventListener('change', ({ target }) => {
  document.documentElement.style.colorScheme = target.value
  for (const each of document.querySelectorAll('carillon-inbox')) each.setAttribute('theme', target.value)
})
byId('language').addEventListener('change', ({ target }) => {
  for (const each of document.querySelectorAll('carillon-inbox')) {
    each.setAttribute('lang', target.value)
    each.setAttribute('dir', target.value === 'ar' ? 'rtl' : 'ltr')
    each.words = words[target.value]
  }
})
// Where links of the demo lead there is nothing.
document.addEventListener('carillon-open', (event) => {
  event.preventDefault()
  byId('told').textContent = `would open ${event.detail.url ?? event.detail.item.title}`
})
