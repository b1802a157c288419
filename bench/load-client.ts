import { connect } from 'node:net'
import { z } from 'zod'
import { answerQuestions } from './process.ts'
import { isWhole } from './whole-response.ts'

/*
 * A closed loop over keep-alive connections without pipelining, straight on sockets: it has to cost a fraction of what
 * the servers cost.
 */

const question = z.object({
  url: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
  connections: z.number(),
  durationMs: z.number(),
  expect: z.string(),
})

answerQuestions(async (asked) => {
  const { url, headers, body, connections, durationMs, expect } = question.parse(asked)
  const { hostname, port, host, pathname } = new URL(url)
  const bytes = Buffer.byteLength(body)
  const fields = Object.entries({ host, ...headers, 'content-length': `${bytes}` })
  const request = Buffer.from(
    `POST ${pathname} HTTP/1.1\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`,
  )
  const latenciesMs: number[] = []
  let wrong = 0
  let firstWrong: string | undefined
  const before = process.cpuUsage()
  const begun = performance.now()
  const end = begun + durationMs
  await Promise.all(Array.from({ length: connections }, () => connection(hostname, Number(port))))
  const seconds = (performance.now() - begun) / 1000
  const { user, system } = process.cpuUsage(before)
  const clientCores = (user + system) / 1e6 / seconds
  return { answers: latenciesMs.length, wrong, firstWrong, seconds, latenciesMs, clientCores }

  function connection(toHost: string, toPort: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: toHost, port: toPort, noDelay: true })
      let sentAt = 0
      let received = ''
      const send = () => {
        received = ''
        sentAt = performance.now()
        socket.write(request)
      }
      socket.setEncoding('latin1')
      socket.on('connect', send)
      socket.on('error', reject)
      socket.on('data', (piece: string) => {
        received += piece
        if (!isWhole(received)) return
        const now = performance.now()
        latenciesMs.push(now - sentAt)
        if (!received.startsWith('HTTP/1.1 200') || !received.includes(expect)) {
          wrong += 1
          firstWrong ??= received.slice(0, 500)
        }
        if (now < end) return send()
        socket.destroy()
        resolve()
      })
    })
  }
})
