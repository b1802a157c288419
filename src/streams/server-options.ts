import type { ConnectionOptions } from 'nats'

interface ServerOptions extends Pick<ConnectionOptions, 'user' | 'pass' | 'token' | 'tls'> {
  readonly servers: string[]
}

/**
 * What `NATS_URL` says: several addresses are separated by commas, and need no scheme. The client library takes neither
 * credentials nor TLS from an address: `nats://user:password@host`, `nats://token@host` and `tls://host` mean here what
 * they mean to every other NATS client.
 */
export function serverOptions(url: string): ServerOptions {
  const servers = url.split(',').map((each) => parts(each.trim()))
  const credentials = servers.find((server) => server.credentials !== undefined)?.credentials
  return {
    servers: servers.map(({ place }) => place),
    ...(servers.some(({ scheme }) => scheme === 'tls') ? { tls: {} } : {}),
    ...(credentials === undefined ? {} : signIn(credentials)),
  }
}

function parts(address: string) {
  const [, scheme, credentials, place = ''] = /^(?:(\w+):\/\/)?(?:(.*)@)?(.*)$/.exec(address) ?? []
  return { scheme: scheme?.toLowerCase(), credentials, place: place.replace(/\/$/, '') }
}

function signIn(credentials: string): Pick<ServerOptions, 'user' | 'pass' | 'token'> {
  const colon = credentials.indexOf(':')
  if (colon < 0) return { token: decoded(credentials) }
  return { user: decoded(credentials.slice(0, colon)), pass: decoded(credentials.slice(colon + 1)) }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A percent sign that stands for itself.
    return text
  }
}
