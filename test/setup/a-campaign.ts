import { ulid } from 'ulid'
import { campaignId } from '../../src/domain/ids.ts'
import type { NewCampaign } from '../../src/store/campaigns.ts'

/** A draft for everybody who follows Ada, by a template of version 1; only what matters need be said. */
export function aNewCampaign(change: Partial<NewCampaign> = {}): NewCampaign {
  return {
    id: campaignId(ulid()),
    callerId: 'clr_campaigns',
    name: 'Spring',
    tier: 'MARKETING',
    category: 'news',
    template: 'inbox',
    templateVersion: 1,
    data: {},
    secret: null,
    audience: { followersOf: 'ada' },
    channels: ['IN_APP'],
    perSecond: 200,
    startAt: null,
    localTime: null,
    sendWindow: null,
    expiresAt: null,
    createdAt: new Date(),
    ...change,
  }
}
