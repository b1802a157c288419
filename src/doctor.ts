import { Resolver } from 'node:dns/promises'
import { checkProviders } from './channels/check-providers.ts'
import { checkSendingDomains } from './channels/email/check-sending-domains.ts'
import { sendersOf } from './channels/email/sender.ts'
import { type Config, ConfigError, type Env, parseConfig } from './config.ts'
import { judgeClocks } from './domain/clock-skew.ts'
import { type Diagnosis, ok, problem } from './domain/diagnosis.ts'
import { judgeZoneData } from './domain/zone-data-age.ts'
import { checkPublicUrl } from './gateway/check-public-url.ts'
import { checkViewerAuth } from './gateway/check-viewer-auth.ts'
import { judgeWebhooks } from './gateway/check-webhooks.ts'
import { checkCassandra } from './store/check-cassandra.ts'
import { checkPostgres } from './store/check-postgres.ts'
import { checkRedis } from './store/check-redis.ts'
import { checkNats } from './streams/check-nats.ts'
import { loadTimeZones } from './time-zone-data.ts'

/** Looks at everything that Carillon depends on, changing nothing. */
export async function examine(env: Env): Promise<readonly Diagnosis[]> {
  try {
    const config = parseConfig(env)
    return [ok('configuration', 'every variable is understood'), ...(await examineAll(config, env))]
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.mistakes.map((mistake) => problem('configuration', mistake, 'correct it; the rest is not looked at'))
  }
}

async function examineAll(config: Config, env: Env): Promise<readonly Diagnosis[]> {
  const { databaseUrl, redisUrl, natsUrl, natsReplicas, providers, email, gateway, publicUrl } = config
  const isProduction = env['NODE_ENV'] === 'production'
  const [postgres, redis, nats, cassandra, credentials, domains, address, viewers] = await Promise.all([
    checkPostgres(databaseUrl),
    checkRedis(redisUrl),
    checkNats(natsUrl, natsReplicas),
    checkCassandra(config.cassandra),
    checkProviders(providers),
    checkSendingDomains(sendersOf(providers, email), email.failover, new Resolver({ timeout: 2000, tries: 2 })),
    checkPublicUrl(publicUrl, isProduction),
    checkViewerAuth(gateway.viewerAuth),
  ])
  const checkups = [postgres, nats, ...credentials]
  const inUse = Object.entries(providers).flatMap(([name, settings]) => (settings === undefined ? [] : [name]))
  return [
    ...postgres.diagnoses,
    redis,
    ...nats.diagnoses,
    ...cassandra,
    ...judgeClocks(checkups.flatMap(({ clocks = [] }) => clocks)),
    judgeZones(config),
    viewers,
    address,
    ...judgeWebhooks(inUse, gateway.webhooks),
    ...credentials.flatMap(({ diagnoses }) => diagnoses),
    ...domains,
  ]
}

function judgeZones({ timeZoneData }: Config): Diagnosis {
  try {
    return judgeZoneData(loadTimeZones(timeZoneData).version, new Date())
  } catch {
    return problem('time zones', `${timeZoneData} has no rules in it`, 'correct TZ_DATA')
  }
}
