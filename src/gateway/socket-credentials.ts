/**
 * The credentials in `connection_init`, as the value of an Authorization header: clients of other servers spell its
 * name in several ways.
 */
export function socketCredentials(params: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const given = Object.entries({ ...asRecord(params?.['headers']), ...params }).map(
    ([name, value]) => [name.toLowerCase(), value] as const,
  )
  const text = (name: string) => given.find(([key, value]) => key === name && typeof value === 'string')?.[1]
  const whole = text('authorization')
  if (typeof whole === 'string') return whole.includes(' ') ? whole : `Bearer ${whole}`
  const bare = text('apikey') ?? text('token') ?? text('authtoken')
  return typeof bare === 'string' ? `Bearer ${bare}` : undefined
}

function asRecord(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {}
}
