import type { Server } from 'node:http'
import { answerQuestions } from '../process.ts'

/** Tells the bench where it is and what CPU it has used, whenever it is asked. */
export function contender(url: string): void {
  answerQuestions(async () => {
    const { user, system } = process.cpuUsage()
    return { url, cpuMicros: user + system }
  })
}

export function listening(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`)
    })
  })
}
