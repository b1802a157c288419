import { readFileSync } from 'node:fs'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import type { ServePage } from './wire.ts'

/** Nothing of it leaves the machine: the pictures of the demo's templates are nowhere. */
const flags = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
]

export function launch(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: flags })
}

/** A page of that address, and all that goes wrong in it. */
export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}) {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'UTC', ...options })
  const page: Page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  await page.goto(url)
  return { page, errors, close: () => context.close() }
}

const types = { html: 'text/html; charset=utf-8', js: 'text/javascript; charset=utf-8' }

/** A page that may load nothing but scripts of its own, and do nothing inline. */
const strictPage = (attributes: string) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>An application</title>
  <body><button id="before">Before</button><carillon-inbox ${attributes}></carillon-inbox><button id="after">After</button>
  <script type="module" src="/carillon-inbox.js"></script></html>`
const strictPolicy =
  "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self'; require-trusted-types-for 'script'"

/** An application's own server: the example's page, the same under a strict policy (`/strict`), and a token for her. */
export function application(token: string, attributes = ''): ServePage {
  return ({ url }, response) => {
    const answer = (type: string, body: string, headers = {}) => {
      response.writeHead(200, { 'content-type': type, ...headers }).end(body)
      return true
    }
    switch (url) {
      case '/':
        return answer(types.html, readFileSync('examples/component.html', 'utf8'))
      case '/strict':
        return answer(types.html, strictPage(`url="/graphql" token="${token}" ${attributes}`), {
          'content-security-policy': strictPolicy,
        })
      case '/carillon-inbox.js':
        return answer(types.js, readFileSync('web/inbox/dist/carillon-inbox.js', 'utf8'))
      case '/token':
        return answer('text/plain', token)
      default:
        return false
    }
  }
}
