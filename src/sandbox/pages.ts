import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { readBody } from './body.ts'
import { parseFault } from './fault.ts'
import type { Faults } from './faults.ts'
import { askGateway, listPeople } from './gateway-proxy.ts'
import { send, splitTarget } from './http-exchange.ts'
import { isText, parseJson, textAt } from './json.ts'
import type { Ledger } from './ledger.ts'
import type { Live } from './live.ts'
import { parseMessagesQuery } from './messages-query.ts'
import { type Answer, jsonAnswer } from './provider.ts'
import type { HttpHandler } from './servers.ts'
import type { SesEvents } from './ses-events.ts'
import { answerSmsReply } from './sms-replies.ts'

export interface Sources {
  readonly ledger: Ledger
  readonly faults: Faults
  readonly live: Live
  readonly environment: Readonly<Record<string, string>>
  /** Where the gateway writes `demo.json`. */
  readonly dataDir: string
  /** Where webhooks go. */
  readonly gateway: string | undefined
  /** SNS has a certificate and subscriptions to look after. */
  readonly ses: SesEvents
}

type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  match: string,
  query: URLSearchParams,
) => Promise<void> | void

const folder = join(import.meta.dirname, 'page')
const files = new Set(readdirSync(folder))
const componentFile = join(import.meta.dirname, '../../web/inbox/dist/carillon-inbox.js')
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}
const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src 'self' data: https: http:; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
/** A mail may style itself and show pictures; it may not run anything, also when it is opened outside the page's frame. */
const mailPolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data: https: http:; font-src data:"

/** The sandbox's own addresses. */
export function pages({ ledger, faults, live, environment, dataDir, gateway, ses }: Sources): HttpHandler {
  const routes: readonly (readonly [method: string, path: RegExp, handle: Handler])[] = [
    ['GET', /^\/(?:page\/([\w.-]+))?$/, (_, response, name) => send(response, staticFile(name || 'index.html'))],
    ['GET', /^\/preferences$/, (_, response) => send(response, staticFile('preferences.html'))],
    ['GET', /^\/inbox$/, (_, response) => send(response, staticFile('inbox.html'))],
    ['GET', /^\/inbox\/carillon-inbox\.js$/, (_, response) => send(response, component())],
    ['GET', /^\/gateway\/people$/, listPeople({ dataDir, gateway })],
    ['POST', /^\/gateway\/graphql$/, askGateway({ dataDir, gateway })],
    ['GET', /^\/environment$/, (_, response) => send(response, jsonAnswer(200, environment))],
    ['GET', /^\/messages$/, (_, response, _match, query) => sendMessages(ledger, response, query)],
    ['DELETE', /^\/messages$/, (_, response) => clear(ledger, response)],
    ['GET', /^\/messages\/(\d{1,9})\/html$/, (_, response, number) => sendMail(ledger, response, Number(number))],
    ['GET', /^\/faults$/, (_, response) => send(response, jsonAnswer(200, faults.states()))],
    [
      'PUT',
      /^\/faults\/([^/]+)$/,
      (request, response, provider) => putFault(faults, live, provider, request, response),
    ],
    ['POST', /^\/sms\/replies$/, answerSmsReply({ environment, gateway })],
    ['GET', /^\/sns\/certificate\.pem$/, (_, response) => sendCertificate(ses, response)],
    ['GET', /^\/sns\/confirm$/, (_, response, _match, query) => confirmSubscription(ses, response, query)],
    ['GET', /^\/events$/, (_, response) => live.join(response)],
  ]
  return async (request, response) => {
    const [path, query] = splitTarget(request.url ?? '/')
    const here = routes.filter(([, pattern]) => pattern.test(path))
    const method = request.method === 'HEAD' ? 'GET' : request.method
    const route = here.find(([each]) => each === method)
    if (route) return route[2](request, response, route[1].exec(path)?.[1] ?? '', query)
    if (here.length === 0) return send(response, jsonAnswer(404, { error: `Nothing lives at ${path}.` }))
    const allow = here.map(([each]) => each).join(', ')
    send(response, jsonAnswer(405, { error: `${path} takes ${allow}.` }, { allow }))
  }
}

function staticFile(name: string): Answer {
  if (!files.has(name)) return jsonAnswer(404, { error: `The page has no file ${name}.` })
  return fileAnswer(join(folder, name))
}

/** The inbox that web pages embed, as it was last built. */
function component(): Answer {
  if (existsSync(componentFile)) return fileAnswer(componentFile)
  return jsonAnswer(404, { error: 'The component has not been built: run "npm run build:web".' })
}

function fileAnswer(path: string): Answer {
  return {
    status: 200,
    headers: {
      'content-type': types[extname(path)] ?? 'application/octet-stream',
      'content-security-policy': pagePolicy,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-cache',
    },
    body: readFileSync(path, 'utf8'),
  }
}

async function sendMessages(ledger: Ledger, response: ServerResponse, query: URLSearchParams): Promise<void> {
  const { filter, fields } = parseMessagesQuery(query)
  if (!filter) return send(response, wrongFields(fields))
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
  // A reader that leaves in the middle of a million rows is no failure of ours.
  await pipeline(arrayOf(ledger.lines(ledger.find(filter))), response).catch(() => response.destroy())
}

/** The rows are JSON already: they are sent as they stand in the file. */
async function* arrayOf(pieces: AsyncIterable<readonly string[]>): AsyncGenerator<string> {
  let before = '['
  for await (const lines of pieces) {
    yield before + lines.join(',\n')
    before = ',\n'
  }
  yield before === '[' ? '[]' : ']'
}

function clear(ledger: Ledger, response: ServerResponse): void {
  ledger.clear()
  send(response, { status: 204, headers: {}, body: '' })
}

async function sendMail(ledger: Ledger, response: ServerResponse, number: number): Promise<void> {
  const lines = number < ledger.size ? await ledger.lines([number]).next() : undefined
  const html = lines?.value ? textAt(parseJson(lines.value[0] ?? ''), 'html') : undefined
  if (!isText(html)) return send(response, jsonAnswer(404, { error: `Message ${number} has no HTML.` }))
  send(response, {
    status: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': mailPolicy,
      'referrer-policy': 'no-referrer',
    },
    body: html,
  })
}

async function sendCertificate(ses: SesEvents, response: ServerResponse): Promise<void> {
  send(response, {
    status: 200,
    headers: { 'content-type': 'application/x-pem-file' },
    body: await ses.certificate(),
  })
}

function confirmSubscription(ses: SesEvents, response: ServerResponse, query: URLSearchParams): void {
  const isConfirmed = ses.confirm(query.get('Token') ?? '')
  send(response, jsonAnswer(isConfirmed ? 200 : 403, { confirmed: isConfirmed }))
}

async function putFault(
  faults: Faults,
  live: Live,
  provider: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request)
  if (!faults.has(provider)) {
    const names = Object.keys(faults.states()).join(', ')
    return send(response, jsonAnswer(404, { error: `There is no provider ${provider}; there are ${names}.` }))
  }
  const { fault, fields } = parseFault(parseJson(body?.toString() ?? ''))
  if (!fault) return send(response, wrongFields(fields))
  faults.put(provider, fault)
  live.tellFaults()
  send(response, jsonAnswer(200, faults.states()[provider]))
}

function wrongFields(fields: Readonly<Record<string, string>>): Answer {
  const error = Object.entries(fields).map(([field, problem]) => `${field} ${problem}`)
  return jsonAnswer(400, { error: `${error.join('; ')}.`, fields })
}
