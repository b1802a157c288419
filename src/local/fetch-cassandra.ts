import { execFile } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { LocalFailure } from './failure.ts'
import { installPackage } from './java.ts'
import { type Env, onPath } from './program.ts'
import type { Say } from './say.ts'

export const cassandraVersion = '5.0.6'

/** Of the names and SHA-256 of all its jars. */
const digest = 'ca24b0e8547b5bc7101daf8d43396be10b4df0cc4aaf2687425d1184e18f0cbf'

/** The folder with the server's jars, 66 MB: those fetched before, else fetched with Maven and checked. */
export async function fetchCassandra(cache: string, env: Env, say: Say): Promise<string> {
  const jars = join(cache, `cassandra-${cassandraVersion}`)
  if (existsSync(jars)) return jars
  if (onPath('mvn', env) === undefined) await installPackage('maven', env, say)
  const maven = onPath('mvn', env)
  if (maven === undefined) {
    throw new LocalFailure(
      `Cassandra ${cassandraVersion} is fetched with Maven, and there is none here. Install it (apt-get install maven, ` +
        'brew install maven), or set CASSANDRA_CONTACT_POINTS.',
    )
  }
  say(`Cassandra: fetching ${cassandraVersion}, which takes a minute`)
  const folder = join(cache, `fetch-${randomUUID()}`)
  try {
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'pom.xml'), pom)
    await copyDependencies(maven, folder, env)
    await check(join(folder, 'jars'))
    // Two starts may be fetching at once: whoever is second keeps what is there.
    await rename(join(folder, 'jars'), jars).catch((error: unknown) => {
      if (!existsSync(jars)) throw error
    })
    return jars
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function copyDependencies(maven: string, folder: string, env: Env): Promise<void> {
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=jars']
  try {
    await promisify(execFile)(maven, ['--quiet', '--batch-mode', '--strict-checksums', ...goal], {
      cwd: folder,
      env: { ...env },
      timeout: 600_000,
      maxBuffer: 64 * 1024 ** 2,
    })
  } catch (error) {
    const said = error instanceof Error && 'stdout' in error ? String(error.stdout).trim().split('\n')[0] : ''
    throw new LocalFailure(
      `Cassandra ${cassandraVersion} could not be fetched with Maven (${said || String(error)}). ` +
        'Try again, or set CASSANDRA_CONTACT_POINTS.',
      { cause: error },
    )
  }
}

async function check(jars: string): Promise<void> {
  const lines = await Promise.all(
    (await readdir(jars)).sort().map(async (name) => `${sha256(await readFile(join(jars, name)))}  ${name}\n`),
  )
  const found = sha256(lines.join(''))
  if (found !== digest) {
    throw new LocalFailure(`What Maven fetched is not the Cassandra ${cassandraVersion} we know (SHA-256 ${found}).`)
  }
}

function sha256(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>carillon</groupId>
  <artifactId>local-cassandra</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.cassandra</groupId>
      <artifactId>cassandra-all</artifactId>
      <version>${cassandraVersion}</version>
    </dependency>
  </dependencies>
</project>
`
