import type { IncomingMessage, ServerResponse } from 'node:http'
import { answerJson } from './answer.ts'
import { within } from './time-limit.ts'

/** A store that hangs is as little ready as one that is away. */
const readyMs = 3000

/** The process runs and its event loop turns; nothing else is asked, so that a lost database restarts nobody. */
export async function answerLiveness(_request: IncomingMessage, response: ServerResponse): Promise<void> {
  answerJson(response, 200, { live: true })
}

export function answerReadiness(missing: () => Promise<readonly string[]>) {
  return async (_request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const names = await within(readyMs, missing().catch(unknown), () => ['an answer within time'])
    answerJson(response, names.length === 0 ? 200 : 503, { ready: names.length === 0, missing: names })
  }
}

export function answerMetrics(text: () => Promise<string>) {
  return async (_request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text()
    response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' })
    response.end(body)
  }
}

function unknown(): readonly string[] {
  return ['the readiness check']
}
