import { accept } from './accept.ts'
import { broadcast } from './broadcast.ts'
import { campaign } from './campaign.ts'
import { deciding } from './decide.ts'
import { deferrals } from './deferrals.ts'
import { fanOut } from './fan-out.ts'
import { overload } from './isolation/social.ts'
import { isolation } from './isolation.ts'
import { deliveryLog } from './log.ts'
import { months } from './months.ts'
import { query } from './query.ts'
import { writeReport } from './report.ts'
import { sockets } from './sockets.ts'
import { start } from './start.ts'
import { storm } from './storm.ts'

/** `npm run bench -- query | accept | start | decide | deferrals | broadcast | fan-out | isolation | overload | campaign | months | log | sockets | storm [--quick]`: prints tables and writes them to bench/results/<suite>.json. */
const suites = {
  query,
  accept,
  start,
  decide: deciding,
  deferrals,
  broadcast,
  'fan-out': fanOut,
  isolation,
  overload,
  campaign,
  months,
  log: deliveryLog,
  sockets,
  storm,
}

const [name = '', ...flags] = process.argv.slice(2)
const suite = Object.entries(suites).find(([each]) => each === name)?.[1]
if (suite === undefined) {
  console.error(`npm run bench -- ${Object.keys(suites).join(' | ')} [--quick]`)
  process.exit(1)
}
await writeReport(name, await suite({ quick: flags.includes('--quick'), say: (line) => console.log(line) }))
process.exit(0)
