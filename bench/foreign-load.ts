import { readdirSync, readFileSync } from 'node:fs'

/** Called at the end of a measurement: how many cores others used meanwhile; null where that cannot be told. */
export type ForeignLoad = () => number | null

/** More than this and the measurement is repeated. */
export const tolerableLoad = 0.15

const ticksPerSecond = 100

/** Begins to watch what every process but ours uses. Needs /proc: it is null on other systems than Linux. */
export function foreignLoad(): ForeignLoad {
  const before = reading()
  const begun = performance.now()
  return () => {
    const after = reading()
    if (before === undefined || after === undefined) return null
    const ticks = after.busy - before.busy - (after.ours - before.ours)
    return Math.max(0, ticks / ticksPerSecond / ((performance.now() - begun) / 1000))
  }
}

interface Reading {
  readonly busy: number
  readonly ours: number
}

function reading(): Reading | undefined {
  try {
    const [, user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = (
      readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? ''
    )
      .split(/\s+/)
      .map(Number)
    return { busy: user + nice + system + irq + softirq, ours: ourTicks() }
  } catch {
    return undefined
  }
}

/** Of this process and everything it has started, dead children included. */
function ourTicks(): number {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap(processOf)
  const children = Map.groupBy(processes, ({ parent }) => parent)
  const sum = (pid: number): number =>
    (children.get(pid) ?? []).reduce((all, each) => all + each.ticks + sum(each.pid), 0)
  return sum(process.pid) + (processes.find(({ pid }) => pid === process.pid)?.ticks ?? 0)
}

interface Process {
  readonly pid: number
  readonly parent: number
  readonly ticks: number
}

function processOf(name: string): Process[] {
  try {
    // The name of the program, in parentheses, may hold blanks.
    const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const [utime = 0, stime = 0, cutime = 0, cstime = 0] = fields.slice(11, 15)
    return [{ pid: Number(name), parent: fields[1] ?? 0, ticks: utime + stime + cutime + cstime }]
  } catch {
    return []
  }
}
