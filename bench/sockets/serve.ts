import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { answerQuestions } from '../process.ts'

setFlagsFromString('--expose-gc')
const collect: unknown = runInNewContext('gc')

/** Tells the bench where it is, what CPU it has used and, asked for "memory", what is left of it after a collection. */
export function serve(url: string): void {
  answerQuestions(async (question) => {
    if (question === 'memory' && typeof collect === 'function') for (let n = 0; n < 4; n++) collect()
    const { user, system } = process.cpuUsage()
    const { rss, heapUsed } = process.memoryUsage()
    return { url, cpuMicros: user + system, rss, heapUsed }
  })
}
