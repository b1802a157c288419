import type { Unreachable } from '../domain/unreachable.ts'
import { natsProblem } from './nats-problem.ts'
import type { ExpectedStreams } from './streams.ts'

/** One try to connect to NATS and to bring the streams up to date; undefined when that is done. */
export async function reachNats(streams: ExpectedStreams): Promise<Unreachable | undefined> {
  try {
    await streams.connect()
    await streams.declare()
    return undefined
  } catch (error) {
    return natsProblem(error)
  }
}
