/**
 * The instant at which a clock of that zone shows `local` (`2026-11-22T23:10`). Where it shows that twice, or never,
 * one beside it.
 */
export function instantOf(local, timeZone) {
  const asUtc = Date.parse(`${local.slice(0, 16)}Z`)
  const first = asUtc - offsetMs(asUtc, timeZone)
  return new Date(asUtc - offsetMs(first, timeZone)).toISOString()
}

/** What a clock of that zone shows at an instant, as a `datetime-local` field takes it. */
export function localTime(atMs, timeZone) {
  return new Date(atMs + offsetMs(atMs, timeZone)).toISOString().slice(0, 16)
}

function offsetMs(atMs, timeZone) {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).formatToParts(atMs)
  const part = (type) => parts.find((each) => each.type === type)?.value
  const shown = Date.parse(
    `${part('year')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}:${part('second')}Z`,
  )
  return shown - (atMs - (atMs % 1000))
}
