import { createServer } from 'node:http'
import { log } from './log.ts'
import { registry } from './metrics.ts'

export interface Health {
  close(): Promise<void>
}

/** `/livez`, `/readyz` and `/metrics` of a process without a gateway. `notReady` names what it waits for. */
export async function serveHealth(
  port: number,
  host: string,
  notReady: () => Promise<readonly string[]>,
): Promise<Health> {
  const server = createServer(async (request, response) => {
    const [status, type, body] = await answer(request.url ?? '', notReady).catch(failed)
    response.writeHead(status, { 'content-type': type }).end(body)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function failed(error: unknown): [number, string, string] {
  log.error({ err: error }, 'the health of this process could not be told')
  return [500, 'application/json', '{"error":"internal"}']
}

async function answer(url: string, notReady: () => Promise<readonly string[]>): Promise<[number, string, string]> {
  switch (url) {
    case '/livez':
      return [200, 'application/json', '{"live":true}']
    case '/readyz': {
      const missing = await notReady()
      const ready = missing.length === 0
      return [ready ? 200 : 503, 'application/json', JSON.stringify({ ready, missing })]
    }
    case '/metrics':
      return [200, registry.contentType, await registry.metrics()]
    // For the process that started this one, which adds the two up.
    case '/metrics.json':
      return [200, 'application/json', JSON.stringify(await registry.getMetricsAsJSON())]
    default:
      return [404, 'application/json', '{"error":"not found"}']
  }
}
