/** What a process that has taken over can bear of clients that connect again, each with a resume of its own. */
const perSecond = 500

const longestMs = 5000

/**
 * When one of so many clients that are sent away together should come back: at random, so that they do not come back
 * together. `random` is from 0 to 1.
 */
export function comeBackInMs(clients: number, random: number): number {
  return Math.round(Math.min((clients / perSecond) * 1000, longestMs) * random)
}
