import { expect, it } from 'vitest'
import { isRole, roles, startRole } from './roles.ts'

it('knows its roles, and nothing else', () => {
  expect(roles.filter(isRole)).toEqual(['gateway', 'fan-out', 'dispatch', 'relay', 'feedback', 'bulk'])
  expect(isRole('toString')).toBe(false)
})

it.each([
  ['dispatch', ['--tier', 'URGENT'], '--tier URGENT: must be of TRANSACTIONAL, SOCIAL, MARKETING'],
  ['dispatch', ['--channel', 'IN_APP'], '--channel IN_APP: must be of PUSH, EMAIL, SMS'],
  ['dispatch', ['--lane', 'push'], `dispatch: Unknown option '--lane'`],
  ['relay', ['TRANSACTIONAL'], `relay: Unexpected argument 'TRANSACTIONAL'`],
  ['bulk', ['--tier'], `bulk: Option '--tier <value>' argument missing`],
  ['gateway', ['--tier', 'SOCIAL'], '--tier: gateway knows no such option'],
  ['fan-out', ['--channel', 'PUSH'], '--channel: fan-out knows no such option'],
  ['relay', ['--channel', 'PUSH'], '--channel: relay knows no such option'],
  ['feedback', ['--tier', 'SOCIAL', '--channel', 'SMS'], '--channel: feedback knows no such option'],
] as const)('%s %j is refused with a sentence before anything is opened', async (role, args, sentence) => {
  const refusal = await startRole(role, args, {}).catch((error: Error) => error)
  expect(refusal).toMatchObject({ name: 'Error', message: expect.stringMatching(/^The configuration has .+mistake/) })
  expect(String(refusal)).toContain(sentence)
})
