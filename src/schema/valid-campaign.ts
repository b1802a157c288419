import type { Channel } from '../domain/words.ts'
import { type FieldProblem, InvalidInput } from '../errors.ts'
import { type CampaignRequest, campaignProblems } from './campaign-problems.ts'
import type { Context } from './context.ts'
import { callerOf } from './own.ts'
import type { RequestedAudience, SendRequest } from './send-problems.ts'
import { examineRequest, forbidden, type ValidRequest } from './valid-request.ts'

/** What a caller asks for. */
export interface CampaignInput extends CampaignRequest {
  readonly idempotencyKey?: string | null | undefined
  readonly template: string
  readonly data?: unknown
  readonly audience: RequestedAudience
  readonly channels?: readonly Channel[] | null | undefined
  readonly startAt?: Date | null | undefined
  readonly expiresAt?: Date | null | undefined
}

/**
 * What a campaign without problems says.
 * @throws InvalidInput with every problem of one that has some; GraphQLError FORBIDDEN for a tier that is not granted
 */
export async function validCampaign(input: CampaignInput, context: Context): Promise<ValidRequest> {
  const examined = await examineRequest(sendRequestOf(input), context, context.app.now())
  const { template, audience, refusal, problems } = examined
  // That it cannot be a campaign at all is said to those as well who may not send it.
  if (refusal !== undefined && template?.tier !== 'TRANSACTIONAL') throw forbidden(refusal)
  const all = [
    ...problems.filter(({ code }) => code !== 'NOT_FOR_TIER').map(ofCampaign),
    ...campaignProblems(input, { template, caller: callerOf(context.principal) }),
  ]
  if (template === undefined || audience === undefined || all.length > 0) throw new InvalidInput(all)
  return { template, audience }
}

/** What it would send. */
export function sendRequestOf(input: CampaignInput): SendRequest & { readonly routing: 'EVERY' } {
  const { idempotencyKey, template, data, audience, channels, startAt: sendAt, expiresAt } = input
  return { idempotencyKey, template, data, audience, channels, sendAt, expiresAt, routing: 'EVERY' }
}

/** What a notification calls `sendAt` is a campaign's `startAt`. */
function ofCampaign({ path, message, ...rest }: FieldProblem): FieldProblem {
  return {
    ...rest,
    path: path.map((word, index) => (index === 1 && word === 'sendAt' ? 'startAt' : word)),
    message: message.replace('sendAt', 'startAt'),
  }
}
