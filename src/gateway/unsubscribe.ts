import type { ServerResponse } from 'node:http'
import { readUnsubscribeToken, unsubscribePath } from '../domain/unsubscribe.ts'
import { unsubscriptions } from '../metrics.ts'
import type { App } from '../schema/context.ts'
import { updatePreferences } from '../store/update-preferences.ts'
import type { Answer } from './graphql-over-http.ts'
import { askPage, donePage, unknownPage } from './unsubscribe-page.ts'

/**
 * `/unsubscribe/<token>` of an e-mail: POST turns the token's category off on EMAIL, once is as good as often (RFC
 * 8058; what the body says is in the address already). GET changes nothing, since mail programs and scanners open
 * every link: it shows a page with a button.
 */
export function unsubscribe({ database, cipher, now }: Pick<App, 'database' | 'cipher' | 'now'>): Answer {
  return async ({ method = 'GET', url = '' }, response) => {
    const token = (url.split('?')[0] ?? '').slice(unsubscribePath.length)
    const unsubscription = readUnsubscribeToken(token, (text) => cipher.sign('unsubscribe', text))
    if (unsubscription === undefined) return answerPage(response, 404, unknownPage())
    const { userId, category } = unsubscription
    switch (method) {
      case 'GET':
      case 'HEAD':
        return answerPage(response, 200, askPage(category))
      case 'POST':
        await updatePreferences(database, {
          userId,
          change: { categories: [{ category, channel: 'EMAIL', enabled: false }] },
          source: { changedBy: userId, credential: 'unsubscribe_link' },
          at: now(),
        })
        unsubscriptions.inc()
        return answerPage(response, 200, donePage(category))
      default:
        response.writeHead(405, { Allow: 'GET, HEAD, POST' }).end()
    }
  }
}

/** The address is a key: nobody keeps the page, and no other site is told where its reader came from. */
const headers = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'X-Robots-Tag': 'noindex, nofollow',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
}

function answerPage(response: ServerResponse, status: number, page: string): void {
  response.writeHead(status, { ...headers, 'Content-Length': Buffer.byteLength(page) }).end(page)
}
