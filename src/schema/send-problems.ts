import type { RichPush } from '../domain/content.ts'
import { jsonProblem } from '../domain/json-value.ts'
import type { TemplateVersion } from '../domain/template.ts'
import { userIdProblem } from '../domain/user-id.ts'
import { userIdsProblems } from '../domain/user-ids.ts'
import type { Channel, Tier } from '../domain/words.ts'
import type { FieldProblem } from '../errors.ts'
import { dataProblems } from '../templates/data-problems.ts'
import { safeImage, safeLink } from '../templates/links.ts'

/** What a caller asks for, as far as its validity goes. */
export interface SendRequest {
  readonly template: string
  readonly tier?: Tier | null | undefined
  readonly category?: string | null | undefined
  readonly data?: unknown
  readonly audience: RequestedAudience
  readonly channels?: readonly Channel[] | null | undefined
  readonly sendAt?: Date | null | undefined
  readonly expiresAt?: Date | null | undefined
  readonly collapseKey?: string | null | undefined
  readonly push?: RichPush | null | undefined
  readonly idempotencyKey?: string | null | undefined
}

/** Exactly one of these. */
export interface RequestedAudience {
  readonly userIds?: readonly string[] | null | undefined
  readonly followersOf?: string | null | undefined
  readonly topic?: string | null | undefined
  readonly segment?: string | null | undefined
}

/** What it is checked against. */
export interface SendFacts {
  /** undefined: there is none of that name. */
  readonly template: TemplateVersion | undefined
  /** What of the audience does not exist: users, the topic, the segment. */
  readonly unknown: ReadonlySet<string>
  readonly idempotencyHeader: string | undefined
  readonly now: Date
}

export const maxUserIds = 1000
const maxDataBytes = 32 * 1024
const yearMs = 366 * 24 * 3_600_000

/** Every problem of a request at once. */
export function sendProblems(request: SendRequest, facts: SendFacts): readonly FieldProblem[] {
  const { template } = facts
  return [
    ...(template === undefined ? unknownTemplate(request) : templateMismatches(request, template)),
    ...audienceProblems(request.audience, facts.unknown),
    ...tierProblems(request.audience, template),
    ...timeProblems(request, facts.now),
    ...keyProblems(request, facts.idempotencyHeader),
    ...pushProblems(request.push ?? undefined),
  ]
}

function unknownTemplate({ template }: SendRequest): FieldProblem[] {
  return [problem(['template'], 'UNKNOWN_TEMPLATE', `there is no template "${template}": make it with upsertTemplate`)]
}

function templateMismatches(request: SendRequest, template: TemplateVersion): FieldProblem[] {
  const { tier, category, channels, data } = request
  const problems: FieldProblem[] = []
  if (tier && tier !== template.tier) {
    problems.push(problem(['tier'], 'NOT_THE_TEMPLATES', `must be ${template.tier}, as its template says, or left out`))
  }
  if (typeof category === 'string' && category !== template.category) {
    problems.push(
      problem(['category'], 'NOT_THE_TEMPLATES', `must be "${template.category}", as its template says, or left out`),
    )
  }
  if (channels?.length === 0) problems.push(problem(['channels'], 'EMPTY', 'must name a channel, or be left out'))
  channels?.forEach((channel, index) => {
    if (template.channels.includes(channel)) return
    const text = `the template has no ${channel}: it has ${template.channels.join(', ')}`
    problems.push(problem(['channels', `${index}`], 'NOT_THE_TEMPLATES', text))
  })
  const unstorable = jsonProblem(data ?? {}, { maxBytes: maxDataBytes, maxDepth: 20 })
  if (unstorable !== undefined) return [...problems, problem(['data'], 'NOT_STORABLE', `must ${unstorable}`)]
  if (typeof (data ?? {}) !== 'object' || Array.isArray(data)) {
    return [...problems, problem(['data'], 'TYPE', 'must be an object')]
  }
  return [...problems, ...dataProblems(template.dataSchema, data)]
}

function audienceProblems(audience: RequestedAudience, unknown: ReadonlySet<string>): FieldProblem[] {
  const { userIds, followersOf, topic, segment } = audience
  if (userIds) return userIdsProblems(userIds, { path: ['input', 'audience', 'userIds'], most: maxUserIds, unknown })
  if (typeof followersOf === 'string') {
    const malformed = userIdProblem(followersOf)
    return malformed === undefined ? [] : [problem(['audience', 'followersOf'], 'MALFORMED', `must ${malformed}`)]
  }
  if (typeof topic === 'string' && unknown.has(topic)) {
    return [problem(['audience', 'topic'], 'UNKNOWN_TOPIC', 'there is no such topic: make it with upsertTopicMembers')]
  }
  if (typeof segment === 'string' && unknown.has(segment)) {
    return [problem(['audience', 'segment'], 'UNKNOWN_SEGMENT', 'there is no such segment: make it with upsertSegment')]
  }
  return []
}

function tierProblems(audience: RequestedAudience, template: TemplateVersion | undefined): FieldProblem[] {
  if (audience.userIds || template?.tier !== 'TRANSACTIONAL') return []
  const [kind] = Object.keys(audience)
  return [problem(['audience', kind ?? ''], 'NOT_FOR_TIER', 'must be userIds: the template is TRANSACTIONAL')]
}

function timeProblems({ sendAt, expiresAt }: SendRequest, now: Date): FieldProblem[] {
  const problems: FieldProblem[] = []
  if (sendAt && sendAt < now) problems.push(problem(['sendAt'], 'IN_THE_PAST', 'must be ahead, or left out'))
  if (sendAt && sendAt.getTime() > now.getTime() + yearMs) {
    problems.push(problem(['sendAt'], 'TOO_FAR', 'must be at most one year ahead'))
  }
  if (expiresAt && expiresAt <= (sendAt ?? now)) {
    problems.push(problem(['expiresAt'], 'TOO_EARLY', `must be later than ${sendAt ? 'sendAt' : 'now'}`))
  }
  return problems
}

function keyProblems({ idempotencyKey, collapseKey }: SendRequest, header: string | undefined): FieldProblem[] {
  const problems: FieldProblem[] = []
  const key = idempotencyKey ?? header
  if (key !== undefined && (key.length === 0 || key.length > 255 || /\p{Cc}/u.test(key))) {
    problems.push(problem(['idempotencyKey'], 'LENGTH', 'must be 1 to 255 printable characters'))
  }
  if (typeof idempotencyKey === 'string' && header !== undefined && idempotencyKey !== header) {
    const text = 'differs from the HTTP header Idempotency-Key: give one of them'
    problems.push(problem(['idempotencyKey'], 'CONTRADICTS_HEADER', text))
  }
  if (typeof collapseKey === 'string' && (collapseKey.length === 0 || collapseKey.length > 128)) {
    problems.push(problem(['collapseKey'], 'LENGTH', 'must be 1 to 128 characters'))
  }
  return problems
}

function pushProblems(push: RichPush | undefined): FieldProblem[] {
  const problems: FieldProblem[] = []
  const { imageUrl, deepLink, actions } = push ?? {}
  if (imageUrl && safeImage(imageUrl) === undefined) {
    problems.push(problem(['push', 'imageUrl'], 'NOT_A_LINK', 'must be an http or https address'))
  }
  if (deepLink && safeLink(deepLink) === undefined) {
    problems.push(problem(['push', 'deepLink'], 'NOT_A_LINK', 'must be a link that an app can open'))
  }
  actions?.forEach((action, index) => {
    if (!action.deepLink || safeLink(action.deepLink) !== undefined) return
    const at = ['push', 'actions', `${index}`, 'deepLink']
    problems.push(problem(at, 'NOT_A_LINK', 'must be a link that an app can open'))
  })
  return problems
}

function problem(path: readonly string[], code: string, message: string): FieldProblem {
  return { path: ['input', ...path], code, message }
}
