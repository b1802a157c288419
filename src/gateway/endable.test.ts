import { expect, test } from 'vitest'
import { endable } from './endable.ts'

/** Yields these, then waits for ever. */
async function* thenWaits<T>(...values: T[]): AsyncGenerator<T> {
  yield* values
  await new Promise(() => {})
}

test('gives what its source gives, and ends with it', async () => {
  let ends = 0
  const source = (async function* () {
    yield 1
    yield 2
  })()
  const { events } = endable(source, () => ends++)
  expect(await Array.fromAsync(events)).toEqual([1, 2])
  expect(ends).toBe(1)
})

test('lets go of a reader who waits, with a last word', async () => {
  let ends = 0
  const { events, end } = endable(thenWaits('event'), () => ends++)
  expect(await events.next()).toEqual({ done: false, value: 'event' })
  const next = events.next()
  end('goodbye')
  end('again')
  expect(await next).toEqual({ done: false, value: 'goodbye' })
  expect(await events.next()).toEqual({ done: true, value: undefined })
  expect(ends).toBe(1)
})

test('keeps the last word for a reader who is busy', async () => {
  const { events, end } = endable(thenWaits('event'), () => {})
  await events.next()
  end('goodbye')
  expect(await Array.fromAsync(events)).toEqual(['goodbye'])
})

test('lets its reader leave while it waits', async () => {
  const { events } = endable(thenWaits(), () => {})
  const next = events.next()
  await events.return?.()
  expect(await next).toEqual({ done: true, value: undefined })
})

test('ends when its source fails', async () => {
  let ends = 0
  const source = (async function* () {
    yield 1
    throw new Error('failed')
  })()
  const { events } = endable(source, () => ends++)
  await events.next()
  await expect(events.next()).rejects.toThrow('failed')
  expect(await events.next()).toEqual({ done: true, value: undefined })
  expect(ends).toBe(1)
})
