import { type Diagnosis, ok, warning } from './diagnosis.ts'

const subject = 'time zones'

/** So long after a year some governments have changed their rules again. */
const oldAfterMs = 182 * 24 * 3_600_000

/** How old rules of time zones are, by their version: "2026f", the sixth of its year. */
export function judgeZoneData(version: string, now: Date): Diagnosis {
  const year = Number(/^(\d{4})[a-z]+$/.exec(version)?.[1])
  const mend = 'npm update moment-timezone, or name its newer data/packed/latest.json in TZ_DATA'
  if (Number.isNaN(year)) return warning(subject, `the rules are of version "${version}", which tells no age`, mend)
  const outOfDateFor = now.getTime() - Date.UTC(year + 1, 0)
  return outOfDateFor > oldAfterMs
    ? warning(subject, `the rules are of ${version}, so they know nothing of what has changed since`, mend)
    : ok(subject, `the rules are of ${version}`)
}
