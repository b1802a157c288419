import { createClient } from 'graphql-ws'
import type { OpenInboxOptions } from './open-inbox.ts'
import { resuming } from './resuming.ts'

/** One WebSocket for all operations, which connects again for as long as it is needed. */
export function socket({ url, token }: Pick<OpenInboxOptions, 'url' | 'token'>) {
  return resuming(
    createClient({
      url: url.replace(/^http/, 'ws'),
      connectionParams: async () => ({ authorization: `Bearer ${await token()}` }),
      // A network that has gone away closes nothing: it is noticed by a ping without an answer.
      keepAlive: 12_000,
      retryAttempts: Number.POSITIVE_INFINITY,
      // Unless said, only a closed socket is tried again, and not one that could not be opened.
      shouldRetry: () => true,
      retryWait: async (retries) => {
        // At random: those whom a restart has disconnected do not come back together.
        const ms = Math.min(500 * 2 ** retries, 30_000) * (0.5 + Math.random() / 2)
        await new Promise((resolve) => setTimeout(resolve, ms))
      },
    }),
  )
}
