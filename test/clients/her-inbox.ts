import { expect } from 'vitest'
import type { SendNotificationInput } from '../generated/operations.ts'
import { InboxDocument } from '../generated/operations.ts'
import { ask, type Service } from '../setup/graphql.ts'
import { send } from '../setup/notification.ts'
import { aPerson } from '../setup/person.ts'

/** What happens to an inbox elsewhere, while a client under test looks at it. */
export interface HerInbox {
  readonly userId: string
  readonly token: string
  /** Somebody likes her post. */
  like(who: string): Promise<void>
  send(input: Pick<SendNotificationInput, 'template' | 'data'>): Promise<void>
  /** Waits until it is there, and returns its id. */
  idOf(titleBegins: string): Promise<string>
}

const patience = { timeout: 20_000, interval: 20 }

export async function herInbox(service: Service): Promise<HerInbox> {
  const { userId, token } = await aPerson(service)
  const sendHer = async (input: Pick<SendNotificationInput, 'template' | 'data'>) => {
    await send(service, { ...input, audience: { userIds: [userId] }, channels: ['IN_APP'] })
  }
  const find = async (begins: string) => {
    const { viewer } = await ask(service, token, InboxDocument, { first: 100 })
    return viewer.inbox.nodes.find(({ title }) => title.startsWith(begins))?.id
  }
  return {
    userId,
    token,
    like: (who) => sendHer({ template: 'social.like', data: { who } }),
    send: sendHer,
    async idOf(begins) {
      await expect.poll(() => find(begins), patience).toBeDefined()
      return (await find(begins)) ?? ''
    },
  }
}
