import { execFileSync } from 'node:child_process'

export interface ProcessLine {
  readonly pid: number
  readonly parent: number
  readonly command: string
}

/** Everything that descends from a process, itself left out. */
export function descendants(pid: number): readonly ProcessLine[] {
  const all = processes()
  const below = (parent: number): ProcessLine[] =>
    all.filter((each) => each.parent === parent).flatMap((each) => [each, ...below(each.pid)])
  return below(pid)
}

/** The one descendant whose command line has all these parts; the shells that guard servers are none. */
export function descendant(pid: number, ...parts: readonly string[]): ProcessLine {
  const found = descendants(pid).filter(
    ({ command }) => !command.includes('carillon-guard') && parts.every((part) => command.includes(part)),
  )
  const [first] = found
  if (first === undefined) throw new Error(`process ${pid} has no descendant with ${parts.join(' and ')}`)
  return first
}

/** The processes of a list that still run, and those that name this folder. */
export function leftOf(before: readonly ProcessLine[], folder: string): readonly string[] {
  const known = new Set(before.map(({ pid }) => pid))
  return processes()
    .filter(({ pid, command }) => known.has(pid) || command.includes(folder))
    .map(({ command }) => command)
}

/** Those that have ended and wait to be buried are none. */
function processes(): readonly ProcessLine[] {
  const lines = execFileSync('ps', ['-A', '-ww', '-o', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' }).split('\n')
  return lines.flatMap((line) => {
    const [, pid, parent, state, command] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? []
    if (pid === undefined || state?.startsWith('Z')) return []
    return [{ pid: Number(pid), parent: Number(parent), command: command ?? '' }]
  })
}
