import { execFileSync, spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { LocalFailure } from './failure.ts'

/** Whom PostgreSQL runs as, since it refuses to run as root. */
export interface PostgresUser {
  /** Put before each command. */
  readonly prefix: readonly string[]
  /** Given to each process that is started. */
  readonly ids: { readonly uid?: number; readonly gid?: number }
  /** Who owns the files; undefined when whoever creates them does. */
  readonly owner?: { readonly uid: number; readonly gid: number }
}

/** Finds a user who can run `program` in `folder`, which exists. */
export function postgresUser(program: string, folder: string): PostgresUser {
  if (process.getuid?.() !== 0) return { prefix: [], ids: {} }
  const owner =
    ownerOf(join(folder, 'data')) ?? ownerOf(join(folder, '..')) ?? ownerOf(join(folder, '../..')) ?? system()
  if (works(['sh', '-c', '"$1" --version && cd "$2"', 'sh', program, folder], owner)) {
    return { prefix: [], ids: owner, owner }
  }
  // A checkout below a home that only root may enter. The user keeps one power of root's: to pass by file modes.
  const prefix = [
    'setpriv',
    `--reuid=${owner.uid}`,
    `--regid=${owner.gid}`,
    '--clear-groups',
    '--inh-caps=-all,+dac_override',
    '--ambient-caps=-all,+dac_override',
    '--bounding-set=-all,+dac_override',
    // Without it access(2), by which PostgreSQL looks for its own programs, would not count that power.
    '--securebits=+no_setuid_fixup',
    '--no-new-privs',
  ]
  if (works([...prefix, program, '--version'])) return { prefix, ids: {}, owner }
  throw new LocalFailure(
    `PostgreSQL does not run as root, and no other user may enter ${folder}: start Carillon as an ordinary user, ` +
      'move it to a folder that others may enter, or set DATABASE_URL.',
  )
}

interface Ids {
  readonly uid: number
  readonly gid: number
}

/** The owner of a folder, unless that is root: an ordinary user's checkout stays theirs when root starts it once. */
function ownerOf(folder: string): Ids | undefined {
  const found = statSync(folder, { throwIfNoEntry: false })
  return found === undefined || found.uid === 0 ? undefined : { uid: found.uid, gid: found.gid }
}

function system(): Ids {
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (which: string) =>
        Number.parseInt(execFileSync('id', [which, name], { encoding: 'utf8', stdio: 'pipe' }), 10)
      return { uid: id('-u'), gid: id('-g') }
    } catch {
      // Not known here: the next one.
    }
  }
  throw new LocalFailure('PostgreSQL does not run as root, and this machine has no user "postgres" or "nobody".')
}

function works([program = '', ...args]: readonly string[], ids?: Ids): boolean {
  return spawnSync(program, args, { stdio: 'ignore', cwd: '/', ...ids }).status === 0
}
