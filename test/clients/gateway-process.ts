import { freePort } from '../../src/local/free-port.ts'
import { openKept } from '../../src/local/kept.ts'
import { until } from '../../src/local/until.ts'
import { answersYes, type CarillonAddress, runCarillon } from '../setup/carillon.ts'

/** One more gateway of a started Carillon, in a process of its own. */
export interface GatewayProcess {
  readonly url: string
  /** `kill -9`. Resolves when it is dead. */
  kill(): Promise<void>
}

export async function aGatewayProcess({ dataDir, demo }: CarillonAddress): Promise<GatewayProcess> {
  const kept = openKept(dataDir)
  const port = await freePort()
  const { ended, signal, output } = runCarillon(['gateway'], {
    DATABASE_URL: `postgresql://carillon:${kept.password('postgres')}@127.0.0.1:${kept.port('postgres')}/carillon`,
    NATS_URL: `nats://127.0.0.1:${kept.port('nats')}`,
    CARILLON_SECRET_KEY: 'a secret key for tests that is long enough',
    VIEWER_JWT_SECRET: demo.viewerSecret,
    PORT: `${port}`,
  })
  const url = `http://127.0.0.1:${port}`
  if (!(await until(() => answersYes(`${url}/readyz`), 60_000))) throw new Error(`no gateway:\n${output()}`)
  return {
    url,
    async kill() {
      signal('SIGKILL')
      await ended
    },
  }
}
