import { type Campaign, isByZone } from '../domain/campaign.ts'
import { nextPageAt, pageLimit } from '../domain/campaign-pace.ts'
import { type CampaignPart, choosePart } from '../domain/campaign-part.ts'
import { firstReading } from '../domain/local-time.ts'
import type { Notification } from '../domain/notification.ts'
import type { Policy } from '../domain/policy.ts'
import { type NextRecipients, nextRecipients } from '../store/audience.ts'
import { nextInPart, readParts } from '../store/campaign-parts.ts'
import { type CampaignStep, openCampaign, restUntil } from '../store/campaign-turn.ts'
import { findCampaign } from '../store/campaigns.ts'
import type { Database } from '../store/database.ts'

export interface TurnDeps {
  readonly database: Database
  readonly policy: Policy
  readonly now: () => Date
}

export interface Turn {
  readonly recipients: NextRecipients
  readonly step: CampaignStep
}

/**
 * The next recipients of a campaign, where its pace and their clocks let them have their turn now. Undefined: they rest,
 * and so they do while it is paused; the relay brings them again.
 */
export async function takeTurn(
  deps: TurnDeps,
  notification: Notification,
  campaignId: string,
): Promise<Turn | undefined> {
  const { pool } = deps.database
  const campaign = await findCampaign(pool, campaignId)
  if (campaign === undefined) throw new Error('a notification without its campaign')
  const now = deps.now()
  if (campaign.state === 'PAUSED') return rest(now)
  if (campaign.openedAt === null) return open(deps, campaign, notification, now)
  if (campaign.nextPageAt !== null && campaign.nextPageAt > now) return rest(campaign.nextPageAt)
  if (!isByZone(campaign)) {
    const recipients = await nextRecipients(pool, notification, pageLimit(campaign.perSecond))
    return { recipients, step: stepOf(campaign, recipients, null, now) }
  }
  const parts = await readParts(pool, campaignId)
  const choice = choosePart(parts, campaign.sendWindow, deps.policy.campaignZone, now)
  if (choice === undefined) return { recipients: nobody, step: stepOf(campaign, nobody, null, now) }
  if ('restUntil' in choice) return rest(choice.restUntil)
  return turnOfPart(deps, campaign, choice.part, { isOnly: parts.length === 1, now })

  async function rest(until: Date): Promise<undefined> {
    await restUntil(pool, notification, until)
  }
}

const nobody: NextRecipients = { userIds: [], cursor: null, isLast: true }

async function open(
  { database, policy }: TurnDeps,
  campaign: Campaign,
  notification: Notification,
  now: Date,
): Promise<undefined> {
  const { startedAt, startAt, localTime } = campaign
  // Not from now: one that is opened late has not missed today's time.
  const from = startedAt ?? startAt ?? now
  await openCampaign(database.pool, campaign, notification, {
    now,
    fallback: policy.campaignTimeZone,
    dueAt: (timeZone) => (localTime === null ? from : firstReading(policy.campaignZone(timeZone), localTime, from)),
  })
}

async function turnOfPart(
  { database }: TurnDeps,
  campaign: Campaign,
  part: CampaignPart,
  { isOnly, now }: { readonly isOnly: boolean; readonly now: Date },
): Promise<Turn> {
  const found = await nextInPart(database.pool, campaign.id, part, pageLimit(campaign.perSecond))
  const { timeZone } = part
  const step = stepOf(campaign, found, { timeZone, cursor: found.cursor, isDone: found.isLast }, now)
  // The notification's own cursor is of no use: each part has one.
  return { recipients: { ...found, cursor: null, isLast: found.isLast && isOnly }, step }
}

function stepOf(campaign: Campaign, found: NextRecipients, part: CampaignStep['part'], now: Date): CampaignStep {
  const at = nextPageAt(campaign.nextPageAt, found.userIds.length, campaign.perSecond, now)
  return { nextPageAt: at, goesOn: at <= now, part }
}
