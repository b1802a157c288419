import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { renderGraphiQL } from '@graphql-yoga/render-graphiql'
import { tour } from './graphiql-tour.ts'
import type { GraphiQLSettings } from './settings.ts'

export type AnswerPage = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** Whether a browser wants to see a page, rather than a program an answer. */
export function wantsPage({ method, headers, url = '' }: IncomingMessage): boolean {
  return method === 'GET' && (headers.accept ?? '').includes('text/html') && !url.includes('query=')
}

/** GraphiQL with everything it needs in the page itself. */
export function graphiqlPage({ demo }: GraphiQLSettings): AnswerPage {
  let page: Promise<Page> | undefined
  return async (request, response) => {
    page ??= render(demo)
    const { html, compressed } = await page
    const gzipped = (request.headers['accept-encoding'] ?? '').includes('gzip')
    response.writeHead(200, {
      'Content-Type': 'text/html; charset=utf-8',
      ...(gzipped && { 'Content-Encoding': 'gzip' }),
      Vary: 'Accept, Accept-Encoding',
      'Cache-Control': 'no-store',
      'Content-Security-Policy': policy,
    })
    response.end(gzipped ? compressed : html)
  }
}

interface Page {
  readonly html: Buffer
  readonly compressed: Buffer
}

/** Nothing is loaded from, or told to, anybody else; and no other page may put this one in a frame: it holds a key. */
const policy = [
  "default-src 'none'",
  "script-src 'unsafe-inline' 'unsafe-eval' blob:",
  'worker-src blob:',
  "style-src 'unsafe-inline'",
  'img-src data:',
  'font-src data:',
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

async function render(demo: GraphiQLSettings['demo']): Promise<Page> {
  const tabs = tour(demo)
  const html = Buffer.from(
    await renderGraphiQL({
      title: 'Carillon',
      subscriptionsProtocol: 'WS',
      defaultTabs: [...tabs],
      ...(tabs[0]?.headers && { headers: tabs[0].headers, defaultHeaders: tabs[0].headers }),
      ...(tabs[0] && { defaultQuery: tabs[0].query }),
      shouldPersistHeaders: false,
    }),
  )
  return { html, compressed: await promisify(gzip)(html) }
}
