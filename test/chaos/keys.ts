import type { Facts } from './facts.ts'
import type { Violation } from './oracle.ts'

/** A key makes one notification, whichever gateway was asked how often; and nothing is made without one here. */
export function keyViolations({ asked, keys, notifications }: Facts): Violation[] {
  const made = new Set(keys.values())
  return [
    ...asked.flatMap(({ key, ids, became, reason }): Violation[] => {
      const all = new Set([...ids, ...(keys.get(key) === undefined ? [] : [`${keys.get(key)}`])])
      return [
        ...(all.size > 1 ? [broken(`${key} has made ${[...all].join(' and ')}`)] : []),
        ...(became === 'accepted' && !keys.has(key) ? [broken(`${key} was accepted, and nobody knows the key`)] : []),
        ...(became === 'refused' ? [{ rule: 'refused', what: `${key} was refused: ${reason}` } as const] : []),
      ]
    }),
    ...notifications.filter(({ id }) => !made.has(id)).map(({ id }) => broken(`${id} was made a second time`)),
  ]
}

function broken(what: string): Violation {
  return { rule: 'idempotency', what }
}
