import { change, explain, people, preferencesOf, preview, sendOne, templates } from './preferences-gateway.js'
import { instantOf, localTime } from './preferences-time.js'
import { categoryTable, channelRow, instant, personChoice, previewCard, zoneChoice } from './preferences-views.js'

const byId = (id) => document.getElementById(id)
const watchMs = 10_000
const everyMs = 400
const minuteMs = 60_000

/** What is sent of each demo template. */
const samples = {
  'order.shipped': { orderId: '1001', item: 'Bell tower', carrier: 'Pigeon Post', arrives: 'on Tuesday' },
  'security.otp': { code: '424242' },
  'social.like': { who: 'Bruno', what: 'your photo of the bells', others: 3 },
  'marketing.newsletter': { headline: 'Bells in winter', teaser: 'Five towers to hear before spring.' },
}

let userId = ''
let preferences = null
let cards = []
/** Answers that belong to an earlier person, change or instant are dropped. */
let asked = 0
/** One change after another: the last one's answer is how things are. */
let changes = Promise.resolve()

start()

async function start() {
  try {
    const [persons, known] = await Promise.all([people(), templates()])
    const [first] = persons
    if (!first) throw new Error('There are no demo users.')
    cards = known
      .filter(({ name }) => name in samples)
      .map((template) => ({ template, foreseen: null, problem: null, sent: null }))
    userId = inAddress(persons) ?? first.userId
    byId('person').innerHTML = persons.map((each) => personChoice(each, each.userId === userId)).join('')
    byId('person-label').hidden = false
    await open()
    setInterval(tick, minuteMs)
  } catch (error) {
    notice(error.message)
  }
}

/** `/preferences#emil` is about emil. */
function inAddress(persons) {
  return persons.find((each) => `#${encodeURIComponent(each.userId)}` === location.hash)?.userId
}

async function open() {
  const who = userId
  asked++
  for (const card of cards) Object.assign(card, { foreseen: null, problem: null, sent: null })
  const found = await preferencesOf(who)
  if (who !== userId) return
  notice(null)
  byId('desk').hidden = false
  show(found)
  suggestTonight()
}

function notice(text) {
  byId('notice').hidden = text === null
  byId('notice').textContent = text ?? ''
}

function tell(text, isBad = false) {
  byId('told').textContent = text
  byId('told').classList.toggle('bad', isBad)
}

/** All that she has set, and what follows from it. */
function show(found) {
  preferences = found
  notice(found.hardStop ? 'Hard stop: nothing may be sent to her, on any channel.' : null)
  const { channelOrder, channels } = found
  const ordered = channelOrder.map((each) => channels.find(({ channel }) => channel === each))
  fill('channels', ordered.map((each, index) => channelRow(each, index, ordered.length)).join(''))
  fill(
    'categories',
    String(
      categoryTable(
        cards.map(({ template }) => template),
        found,
      ),
    ),
  )
  showQuiet(found.quietHours)
  showZone(found.timeZone)
  foresee()
}

/** Fields are changed rather than drawn anew: somebody may be typing in one of them. */
function showQuiet(quietHours) {
  const { on, start, end, days } = byId('quiet').elements
  on.checked = quietHours !== null
  byId('window').disabled = quietHours === null
  const shown = quietHours ?? { start: '22:00', end: '07:00', days: null }
  for (const [field, value] of [
    [start, shown.start],
    [end, shown.end],
  ]) {
    if (field !== document.activeElement && field.value !== value) field.value = value
  }
  for (const day of days) day.checked = shown.days?.includes(day.value) ?? true
}

function showZone(timeZone) {
  const zones = [...new Set([...Intl.supportedValuesOf('timeZone'), 'UTC', timeZone])].sort()
  if (byId('zone').value !== timeZone)
    byId('zone').innerHTML = zones.map((each) => zoneChoice(each, each === timeZone)).join('')
  tick()
}

function tick() {
  const at = chosenInstant()
  byId('clock').innerHTML =
    `Her clock: ${instant(new Date().toISOString(), preferences.timeZone)}${at ? `. Asked about ${instant(at, 'UTC')} UTC` : ''}`
}

/** Ten past eleven of her evening: when quiet hours usually hold. */
function suggestTonight() {
  const { at } = byId('when').elements
  at.value = `${localTime(Date.now(), preferences.timeZone).slice(0, 10)}T23:10`
}

function chosenInstant() {
  const { when, at } = byId('when').elements
  return when.value === 'at' && at.value ? instantOf(at.value, preferences.timeZone) : null
}

async function foresee() {
  const mine = ++asked
  const [who, at] = [userId, chosenInstant()]
  drawCards()
  await Promise.all(
    cards.map(async (card) => {
      const answer = await preview(who, inputOf(card), at).then(
        (foreseen) => ({ foreseen, problem: null }),
        ({ message }) => ({ foreseen: null, problem: message }),
      )
      if (mine === asked) Object.assign(card, answer)
    }),
  )
  if (mine === asked) drawCards()
}

function inputOf({ template }) {
  return { template: template.name, data: samples[template.name] }
}

function drawCards() {
  const open = [...byId('previews').querySelectorAll('details[open]')].map(({ dataset }) => dataset.texts)
  fill('previews', cards.map((card) => previewCard(card, preferences.timeZone)).join(''))
  for (const details of byId('previews').querySelectorAll('details'))
    details.open = open.includes(details.dataset.texts)
}

/** What had the focus has it again. */
function fill(id, markup) {
  const place = byId(id)
  const key = place.contains(document.activeElement) ? document.activeElement.dataset.key : undefined
  place.innerHTML = markup
  if (key !== undefined) place.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus()
}

function save(input) {
  const who = userId
  tell('saving …')
  changes = changes.then(async () => {
    const found = await change(who, input).catch(async ({ message }) => {
      tell(message, true)
      return null
    })
    if (who !== userId) return
    if (found) tell('saved')
    // What was refused is shown as it still is.
    show(found ?? preferences)
  })
}

async function send(card) {
  const who = userId
  const sent = { id: null, decisions: [], problem: null }
  const isCurrent = () => who === userId && card.sent === sent
  card.sent = sent
  tell(`sending ${card.template.name} …`)
  try {
    sent.id = await sendOne(who, inputOf(card))
    const until = Date.now() + watchMs
    while (isCurrent() && Date.now() < until && !isOver(sent.decisions)) {
      const before = JSON.stringify(sent.decisions)
      sent.decisions = await explain(who, sent.id)
      if (isCurrent() && before !== JSON.stringify(sent.decisions)) drawCards()
      await new Promise((resolve) => setTimeout(resolve, everyMs))
    }
    if (isCurrent()) tell(`${card.template.name}: sent`)
  } catch ({ message }) {
    sent.problem = message
    if (isCurrent()) tell(message, true)
  }
  // A frequency cap counts it: what she would get now may be another answer.
  if (isCurrent()) foresee()
}

/** On each channel: held back, not sent, or on its way to her. */
function isOver(decisions) {
  const last = new Map(decisions.map(({ channel, outcome }) => [channel, outcome]))
  const ends = ['defer', 'suppress', 'expire', 'sent', 'delivered', 'read']
  return last.size > 0 && [...last.values()].every((outcome) => ends.includes(outcome))
}

byId('person').addEventListener('change', ({ target }) => {
  location.hash = encodeURIComponent(target.value)
})
addEventListener('hashchange', async () => {
  const person = inAddress([...byId('person').options].map(({ value }) => ({ userId: value })))
  if (person === undefined || person === userId) return
  userId = person
  byId('person').value = person
  tell('')
  await open().catch(({ message }) => notice(message))
})
byId('channels').addEventListener('change', ({ target }) => {
  save({ channels: [{ channel: target.dataset.channel, enabled: target.checked }] })
})
byId('channels').addEventListener('click', ({ target }) => {
  if (!target.dataset.move || target.ariaDisabled === 'true') return
  const order = [...preferences.channelOrder]
  const from = order.indexOf(target.dataset.move)
  order.splice(from + Number(target.dataset.by), 0, ...order.splice(from, 1))
  save({ channelOrder: order })
})
byId('categories').addEventListener('change', ({ target }) => {
  save({
    categories: [{ category: target.dataset.category, channel: target.dataset.channel, enabled: target.checked }],
  })
})
byId('quiet').addEventListener('submit', (event) => event.preventDefault())
byId('quiet').addEventListener('change', ({ target, currentTarget }) => {
  if (target.id === 'zone') return save({ timeZone: target.value })
  const { on, start, end, days } = currentTarget.elements
  const chosen = [...days].filter(({ checked }) => checked).map(({ value }) => value)
  if (!on.checked) return save({ quietHours: null })
  // A time that is half typed is none yet.
  if (start.value && end.value) save({ quietHours: { start: start.value, end: end.value, days: chosen } })
})
byId('when').addEventListener('submit', (event) => event.preventDefault())
byId('when').addEventListener('change', ({ target, currentTarget }) => {
  if (target.name === 'at') currentTarget.elements.when.value = 'at'
  tick()
  foresee()
})
byId('previews').addEventListener('click', ({ target }) => {
  const card = cards.find(({ template }) => template.name === target.dataset.send)
  if (card) send(card)
})
