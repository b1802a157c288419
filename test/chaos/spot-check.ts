import { SignJWT } from 'jose'
import { z } from 'zod'
import { NotificationDocument } from '../generated/operations.ts'
import { ask, bearer, post, type Service } from '../setup/graphql.ts'
import type { Dice } from './dice.ts'
import type { Facts } from './facts.ts'

const sampleSize = 20

/** Asks the API about some of it: what it says has to be what the database holds. Resolves with what differs. */
export async function spotCheck(service: Service, facts: Facts, random: Dice): Promise<readonly string[]> {
  const asked = facts.asked.filter(({ key }) => facts.keys.has(key))
  const notifications = random.shuffled(asked).slice(0, sampleSize)
  const heads = random.shuffled(facts.inboxHeads).slice(0, sampleSize)
  const differences = await Promise.all([
    ...notifications.map((each) => checkNotification(service, facts, each)),
    ...heads.map((head) => checkUnread(service, head)),
  ])
  return differences.flat()
}

async function checkNotification(service: Service, facts: Facts, asked: Facts['asked'][number]): Promise<string[]> {
  const id = facts.keys.get(asked.key) ?? ''
  const { bulkApiKey } = service.demo
  const { notification } = await ask(service, bulkApiKey, NotificationDocument, { id })
  if (notification === null) return [`the API knows no ${id}`]
  const logged = facts.deliveries.filter(({ notificationId }) => notificationId === id)
  const [recipientId = ''] = asked.recipients
  return [
    ...(notification.state === 'DONE' ? [] : [`the API says that ${id} is ${notification.state}`]),
    ...logged.flatMap((row) => {
      const shown = notification.deliveries.nodes.find(
        (each) => each.recipientId === row.recipientId && each.channel === row.channel,
      )
      if (shown?.state === row.state) return []
      return [`the API says ${shown?.state} of ${id} ${row.channel} ${row.recipientId}, which is ${row.state}`]
    }),
    ...(await checkExplanation(service, id, recipientId)),
  ]
}

const explained = z.object({
  data: z.object({ explainDelivery: z.object({ decisions: z.array(z.object({ outcome: z.string() })).min(1) }) }),
})

async function checkExplanation(service: Service, notificationId: string, recipientId: string): Promise<string[]> {
  const query = `query Explain($notificationId: ID!, $recipientId: ID!) {
    explainDelivery(notificationId: $notificationId, recipientId: $recipientId) { decisions { outcome } }
  }`
  const variables = { notificationId, recipientId }
  const { body } = await post(service, { query, variables }, bearer(service.demo.bulkApiKey))
  return explained.safeParse(body).success ? [] : [`the API does not explain ${notificationId} to ${recipientId}`]
}

const counted = z.object({ data: z.object({ viewer: z.object({ unreadCount: z.number() }) }) })

async function checkUnread(service: Service, { userId, unread }: Facts['inboxHeads'][number]): Promise<string[]> {
  const token = await new SignJWT()
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(userId)
    .setExpirationTime('10 minutes')
    .sign(new TextEncoder().encode(service.demo.viewerSecret))
  const { body } = await post(service, { query: '{ viewer { unreadCount } }' }, bearer(token))
  const said = counted.safeParse(body).data?.data.viewer.unreadCount
  return said === unread ? [] : [`the API counts ${said} unread for ${userId}, who has ${unread}`]
}
