import type { IncomingMessage, ServerResponse } from 'node:http'
import { readBody } from './body.ts'
import { type DemoPeople, readDemoPeople } from './demo-people.ts'
import { send } from './http-exchange.ts'
import { type Answer, jsonAnswer } from './provider.ts'

export interface ProxySources {
  readonly dataDir: string
  readonly gateway: string | undefined
}

const patienceMs = 15_000
const loopbackAddress = /^(?:127(?:\.\d+){3}|::1|::ffff:127(?:\.\d+){3})$/
// A name that somebody else's DNS points here is not ours: its page would be of the same origin as we are.
const loopbackHost = /^(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?$/i

/** `GET /gateway/people`: whom `x-demo-as` may name, without what they sign in with. */
export function listPeople(sources: ProxySources) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { people, refusal } = await access(sources, request)
    if (refusal) return send(response, refusal)
    const viewers = people.viewers.map(({ userId, timeZone }) => ({ userId, timeZone }))
    send(response, jsonAnswer(200, { viewers }, { 'cache-control': 'no-store' }))
  }
}

/**
 * `POST /gateway/graphql`: asks the gateway as the demo user whom the header `x-demo-as` names, or as the demo's
 * `caller`. What they sign in with stays here.
 */
export function askGateway(sources: ProxySources) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request)
    const { people, gateway, refusal } = await access(sources, request)
    if (refusal) return send(response, refusal)
    // No page of another origin can send this type without asking first.
    if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
      return send(response, jsonAnswer(415, { error: 'The content type must be application/json.' }))
    }
    const credential = credentialOf(people, request.headers['x-demo-as'])
    if (credential === undefined) {
      const names = ['caller', ...people.viewers.map(({ userId }) => userId)].join(', ')
      return send(response, jsonAnswer(403, { error: `x-demo-as must be one of ${names}.` }))
    }
    if (body) send(response, await ask(gateway, credential, body))
  }
}

type Access =
  | { readonly people: DemoPeople; readonly gateway: string; readonly refusal: null }
  | { readonly people: null; readonly gateway: null; readonly refusal: Answer }

/** Whom may be acted for, and where; or why not. */
export async function access(
  { dataDir, gateway }: ProxySources,
  { socket, headers }: IncomingMessage,
): Promise<Access> {
  const refuse = (status: number, error: string) =>
    ({ people: null, gateway: null, refusal: jsonAnswer(status, { error }) }) as const
  if (!loopbackAddress.test(socket.remoteAddress ?? '') || !loopbackHost.test(headers.host ?? '')) {
    return refuse(403, 'This is only for the machine that the sandbox runs on.')
  }
  if (gateway === undefined) return refuse(409, 'Set CARILLON_GATEWAY: the sandbox knows no gateway to ask.')
  const people = await readDemoPeople(dataDir)
  if (people === undefined) {
    return refuse(409, 'There are no demo users yet: "npm start" makes them once its gateway is ready.')
  }
  return { people, gateway, refusal: null }
}

export function credentialOf({ apiKey, viewers }: DemoPeople, as: string | string[] | undefined): string | undefined {
  return as === 'caller' ? apiKey : viewers.find(({ userId }) => userId === as)?.token
}

async function ask(gateway: string, credential: string, body: Buffer): Promise<Answer> {
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json',
    authorization: `Bearer ${credential}`,
  }
  try {
    const answer = await fetch(`${gateway.replace(/\/+$/, '')}/graphql`, {
      method: 'POST',
      headers,
      body: new Uint8Array(body),
      redirect: 'error',
      signal: AbortSignal.timeout(patienceMs),
    })
    return {
      status: answer.status,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      },
      body: await answer.text(),
    }
  } catch {
    return jsonAnswer(502, { error: 'The gateway does not answer.' })
  }
}
