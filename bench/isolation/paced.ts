import { startWhole, type Whole } from '../whole.ts'
import { invitePeople, makeTemplates } from './people.ts'

/** What the provider allows: all tiers together. */
export const providerPerSecond = 2000
export const marketingShare = 0.9

/** A whole Carillon before a provider that allows so much, with its people. */
export async function startPaced(readers: number, say: (line: string) => void): Promise<Whole> {
  const whole = await startWhole({
    FCM_PER_SECOND: String(providerPerSecond),
    MARKETING_SHARE: String(marketingShare),
  })
  await makeTemplates(whole)
  say(`inviting ${readers} people`)
  await invitePeople(whole, readers)
  return whole
}
