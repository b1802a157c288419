import type { Principal } from '../domain/principal.ts'
import type { Limits } from './settings.ts'

/** To be called once, when the connection has closed. */
export type Release = () => void

/** Counts what stays connected, WebSockets and streams of events alike. */
export interface Connections {
  /** One more in all. undefined: there are as many as there may be. */
  open(): Release | undefined
  /** One more of this principal. undefined: a viewer has as many as she may have; callers have no limit of their own. */
  openOf(principal: Principal): Release | undefined
}

export function connections({ sockets, socketsPerViewer }: Limits): Connections {
  let all = 0
  const ofViewers = new Map<string, number>()

  return {
    open() {
      if (all >= sockets) return undefined
      all += 1
      return () => {
        all -= 1
      }
    },
    openOf(principal) {
      if (principal.kind !== 'viewer') return () => {}
      const { userId } = principal
      const hers = ofViewers.get(userId) ?? 0
      if (hers >= socketsPerViewer) return undefined
      ofViewers.set(userId, hers + 1)
      return () => {
        const left = (ofViewers.get(userId) ?? 1) - 1
        if (left === 0) ofViewers.delete(userId)
        else ofViewers.set(userId, left)
      }
    },
  }
}
