import { setTimeout as pause } from 'node:timers/promises'
import { putFault } from '../setup/sandbox.ts'
import { type PlannedFault, type RoleName, type ServerName, serverNames } from './plan.ts'
import type { Stage } from './stage.ts'

/** Lets a fault befall the stage; resolves when it is over. False: it cannot be played here. */
export async function play(stage: Stage, fault: PlannedFault): Promise<boolean> {
  switch (fault.fault) {
    case 'kill':
      kill(stage, fault.target)
      return true
    case 'freeze':
      await stage.roles.get(fault.target)?.freeze(fault.forMs)
      return true
    case 'restart':
      stage.servers.signal(fault.target, 'SIGINT')
      return true
    case 'flush':
      await stage.servers.flush()
      return true
    case 'lose_disk':
      await stage.servers.loseDisk()
      return true
    case 'cut':
      return cut(stage, fault.target, fault.forMs)
    case 'disk_full':
      return fillDisk(stage, fault.forMs)
    default: {
      const { fault: kind, share, target, forMs } = fault
      await putFault(stage, target, { kind, share })
      await pause(forMs)
      await putFault(stage, target, { kind: 'ok' })
      return true
    }
  }
}

function kill(stage: Stage, target: RoleName | ServerName | 'roles' | 'everything'): void {
  const ours = [...stage.roles.keys()].filter(
    (name) => target === name || target === 'roles' || target === 'everything',
  )
  const theirs = serverNames.filter((name) => target === name || target === 'everything')
  for (const name of theirs) stage.servers.signal(name, 'SIGKILL')
  for (const name of ours) stage.roles.get(name)?.kill()
}

async function cut({ networks }: Stage, target: ServerName, forMs: number): Promise<boolean> {
  const network = networks.get(target)
  if (network === undefined) return false
  network.refuse(true)
  network.cut()
  await pause(forMs)
  network.refuse(false)
  return true
}

async function fillDisk({ disk }: Stage, forMs: number): Promise<boolean> {
  if (disk === undefined) return false
  await disk.fill()
  await pause(forMs)
  await disk.free()
  return true
}
