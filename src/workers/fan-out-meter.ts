import type { FanOutWork } from '../domain/fan-out-threshold.ts'

/** Measures what a process's fan-out of a tier gets done while it has something to do. */
export interface FanOutMeter {
  /** Called as a page is begun; what it returns, when it has ended, with how many recipients it had. */
  begin(): (recipients: number) => void
  /** What has been done since the last call. */
  take(): FanOutWork
}

/** Pages of fewer say more of a page's own cost than of its recipients'. */
const leastRecipients = 100

export function fanOutMeter(nowMs: () => number = performance.now.bind(performance)): FanOutMeter {
  let recipients = 0
  let busyMs = 0
  /** Until when what has been counted was busy: pages overlap, time counts once. */
  let countedUntil = Number.NEGATIVE_INFINITY
  return {
    begin() {
      const begun = nowMs()
      return (made) => {
        if (made < leastRecipients) return
        const ended = nowMs()
        recipients += made
        busyMs += Math.max(0, ended - Math.max(begun, countedUntil))
        countedUntil = Math.max(countedUntil, ended)
      }
    },
    take() {
      const taken = { recipients, busyMs }
      recipients = 0
      busyMs = 0
      return taken
    },
  }
}
