import { describe, expect, it, test } from 'vitest'
import { canonicalToken, type DeviceInput, deviceProblems } from './device-input.ts'

const apnsToken = 'a1'.repeat(32)
const fcmToken = `${'cJ3_x-9'.repeat(3)}:APA91b${'Z0_-'.repeat(30)}`

const problemsOf = (parts: Partial<DeviceInput>) =>
  deviceProblems({ deviceId: 'phone-1', platform: 'IOS', token: apnsToken, ...parts }).map(
    ({ path, code }) => `${path.join('.')} ${code}`,
  )

describe('a registration', () => {
  const good: readonly Partial<DeviceInput>[] = [
    {},
    { token: apnsToken.toUpperCase(), app: 'com.example.app' },
    { token: 'ab'.repeat(100) },
    { platform: 'ANDROID', token: fcmToken },
    { platform: 'WEB', token: fcmToken, app: '1234567890' },
    { deviceId: '15555550100' },
  ]
  it.each(good.map((parts) => [parts]))('may be %o', (parts) => {
    expect(problemsOf(parts)).toEqual([])
  })

  const bad: readonly (readonly [Partial<DeviceInput>, readonly string[]])[] = [
    [{ token: '' }, ['input.token BAD_TOKEN']],
    [{ token: 'ab'.repeat(31) }, ['input.token BAD_TOKEN']],
    [{ token: 'ab'.repeat(101) }, ['input.token BAD_TOKEN']],
    [{ token: `${apnsToken}a` }, ['input.token BAD_TOKEN']],
    [{ token: 'xy'.repeat(32) }, ['input.token BAD_TOKEN']],
    [{ token: fcmToken }, ['input.token BAD_TOKEN']],
    [{ platform: 'ANDROID', token: 'short' }, ['input.token BAD_TOKEN']],
    [{ platform: 'WEB', token: `${fcmToken} ` }, ['input.token BAD_TOKEN']],
    [{ platform: 'WEB', token: 'x'.repeat(4_097) }, ['input.token BAD_TOKEN']],
    [{ deviceId: 'my phone', app: 'a b' }, ['input.deviceId BAD_DEVICE_ID', 'input.app BAD_APP']],
    [{ deviceId: '', token: '\0' }, ['input.deviceId BAD_DEVICE_ID', 'input.token BAD_TOKEN']],
  ]
  it.each(bad)('may not be %o', (parts, problems) => {
    expect(problemsOf(parts)).toEqual(problems)
  })
})

test('an APNs token is one token in either case, an FCM token is not', () => {
  expect(canonicalToken('IOS', 'AB12')).toBe('ab12')
  expect(canonicalToken('ANDROID', 'AB12')).toBe('AB12')
})
