import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { renderGraphiQL } from '@graphql-yoga/render-graphiql'
import { type Tab, tour } from './graphiql-tour.ts'
import type { GraphiQLSettings } from './settings.ts'

export type AnswerPage = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** Whether a browser wants to see a page, rather than a program an answer. GraphiQL puts a query into its own address. */
export function wantsPage({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && (headers.accept ?? '').includes('text/html')
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
  const page = await renderGraphiQL({
    title: 'Carillon',
    // Over WebSocket this GraphiQL sends no headers at all, so a tab could not say who it is.
    subscriptionsProtocol: 'SSE',
    defaultTabs: [...tabs],
    defaultQuery: tabs[0].query,
    headers: tabs[0].headers,
    shouldPersistHeaders: true,
  })
  const html = Buffer.from(page.replace('<div id="root">', () => `${forgetting(tabs)}<div id="root">`))
  return { html, compressed: await promisify(gzip)(html) }
}

/** GraphiQL keeps tabs and headers in the browser: those of a demo that has been made anew would be of no use. */
function forgetting(tabs: readonly Tab[]): string {
  const made = createHash('sha256').update(JSON.stringify(tabs)).digest('hex')
  return `<script>if (localStorage.carillon !== '${made}') { localStorage.clear(); localStorage.carillon = '${made}' }</script>`
}
