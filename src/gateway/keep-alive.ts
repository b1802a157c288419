import type { WebSocket } from 'ws'

const pingEveryMs = 12_000

/** Ends a socket whose other side does not answer. Returns what stops it. */
export function keepAlive(socket: WebSocket): () => void {
  let answered = true
  socket.on('pong', () => {
    answered = true
  })
  const timer = setInterval(() => {
    if (!answered) return socket.terminate()
    answered = false
    socket.ping()
  }, pingEveryMs)
  return () => clearInterval(timer)
}
