import { cpSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Figures } from './figures.ts'

/** Leaves in a folder what it takes to find out why a limit was broken: beside the logs of our processes. */
export function keepEvidence(folder: string, { judgement, broken, apiDifferences, crashes, breakers }: Figures): void {
  const { violations, repeated } = judgement
  const found = { broken, violations, repeated, apiDifferences, crashes, breakers }
  writeFileSync(join(folder, 'found.json'), `${JSON.stringify(found, null, 2)}\n`)
  const serverLogs = join(folder, 'data/logs')
  if (existsSync(serverLogs)) cpSync(serverLogs, join(folder, 'logs'), { recursive: true })
}
