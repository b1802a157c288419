import { connect } from 'node:net'

/** What a server on a loopback port says first, after `greeting` was sent to it; empty when it says nothing within a second. */
export async function talk(port: number, greeting = ''): Promise<string> {
  return await new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    const finish = (said: string) => {
      resolve(said)
      socket.destroy()
    }
    socket.setEncoding('utf8')
    socket.setTimeout(1_000, () => finish(''))
    socket.once('connect', () => socket.write(greeting))
    socket.once('data', (said) => finish(String(said)))
    socket.once('error', () => finish(''))
    socket.once('close', () => finish(''))
  })
}
