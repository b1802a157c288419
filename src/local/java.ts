import { execFile, execFileSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { promisify } from 'node:util'
import { LocalFailure } from './failure.ts'
import { type Env, onPath } from './program.ts'
import type { Say } from './say.ts'

/** The one version that Cassandra 5 runs on and that is still looked after. */
const wanted = 17
const debianPackage = 'openjdk-17-jre-headless'

/** The Java that Cassandra runs on: one of this machine, else Debian's where that may be installed. */
export async function javaFor(env: Env, say: Say): Promise<string> {
  const found = findJava(env)
  if (found !== undefined) return found
  await installPackage(debianPackage, env, say)
  const installed = findJava(env)
  if (installed !== undefined) return installed
  throw new LocalFailure(
    `Cassandra needs Java ${wanted}, and there is none here. Install it (apt-get install ${debianPackage}, ` +
      `brew install openjdk@${wanted}), name one in JAVA_HOME, or set CASSANDRA_CONTACT_POINTS.`,
  )
}

function findJava(env: Env): string | undefined {
  const home = env['JAVA_HOME']
  const candidates = [
    ...(home ? [`${home}/bin/java`] : []),
    ...[onPath('java', env)].filter((path) => path !== undefined),
    ...globSync([
      `/usr/lib/jvm/*${wanted}*/bin/java`,
      `/opt/homebrew/opt/openjdk@${wanted}/bin/java`,
      `/usr/local/opt/openjdk@${wanted}/bin/java`,
    ]),
  ]
  return candidates.find((path) => majorVersion(path) === wanted)
}

function majorVersion(java: string): number | undefined {
  try {
    const said = execFileSync(java, ['--version'], { encoding: 'utf8', stdio: 'pipe', timeout: 10_000 })
    return Number(/^\S+ (\d+)/.exec(said)?.[1])
  } catch {
    return undefined
  }
}

/** With Debian's package manager, where we may; says nothing of a failure: whoever needs the package looks for it. */
export async function installPackage(name: string, env: Env, say: Say): Promise<void> {
  const apt = onPath('apt-get', env)
  if (apt === undefined || process.getuid?.() !== 0) return
  say(`Cassandra: installing ${name}`)
  const run = (...args: readonly string[]) =>
    promisify(execFile)(apt, [...args], {
      env: { ...env, DEBIAN_FRONTEND: 'noninteractive' },
      timeout: 300_000,
      maxBuffer: 64 * 1024 ** 2,
    })
  await run('update')
    .then(() => run('install', '--yes', '--no-install-recommends', name))
    .catch(() => undefined)
}
