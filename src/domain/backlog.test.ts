import { expect, test } from 'vitest'
import { backlog } from './backlog.ts'

const takeAll = ({ take }: ReturnType<typeof backlog<string>>) => {
  const taken: string[] = []
  for (let value = take(); value !== undefined; value = take()) taken.push(value)
  return taken
}

test('gives what was put in, in order', () => {
  const own = backlog<string>(3, () => 'lost')
  for (const word of ['a', 'b', 'c']) own.push(word)
  expect([own.take(), own.take()]).toEqual(['a', 'b'])
  own.push('d')
  expect(takeAll(own)).toEqual(['c', 'd'])
})

test('a reader who falls too far behind is told so once, then what comes after that', () => {
  const own = backlog<string>(3, (newest) => `lost up to ${newest}`)
  for (const word of ['a', 'b', 'c', 'd', 'e']) own.push(word)
  expect(own.take()).toBe('lost up to e')
  for (const word of ['f', 'g']) own.push(word)
  expect(takeAll(own)).toEqual(['f', 'g'])
})
