import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { z } from 'zod'
import { unpackRules } from './domain/packed-zones.ts'
import type { TimeZoneRules } from './domain/time-zones.ts'

const require = createRequire(import.meta.url)

const packedZones = z.object({
  version: z.string().min(1),
  zones: z.array(z.string()).min(1),
  links: z.array(z.string()),
})

/**
 * The rules of time zones: of the file named, else of the installed npm package moment-timezone. The runtime's own copy
 * is not used: it ages with the runtime. Newer rules come with `npm update moment-timezone`, or with its file
 * data/packed/latest.json alone.
 * @throws Error where the file cannot be read or is something else
 */
export function loadTimeZones(file?: string): TimeZoneRules {
  const path = file ?? require.resolve('moment-timezone/data/packed/latest.json')
  return unpackRules(packedZones.parse(JSON.parse(readFileSync(path, 'utf8'))))
}
