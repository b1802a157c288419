import type { Database } from './database.ts'

/** STOP or START of one person. */
export interface SmsReply {
  readonly userId: string
  readonly provider: string
  readonly messageId: string
  readonly word: 'stop' | 'start'
  readonly at: Date
}

/** Whether it has been obeyed before, or a later one of hers has been. */
export async function isPastReply({ pool }: Database, reply: SmsReply): Promise<boolean> {
  const { userId, provider, messageId, at } = reply
  const { rows } = await pool.query({ name: 'past-reply', text: past, values: [userId, provider, messageId, at] })
  return rows.length > 0
}

const past = `
  SELECT 1 FROM sms_reply WHERE user_id = $1 AND ((provider = $2 AND message_id = $3) OR at > $4) LIMIT 1`

/** To be called when the reply has been obeyed: obeying it once more is better than not at all. */
export async function keepReply({ pool }: Database, reply: SmsReply): Promise<void> {
  const { userId, provider, messageId, word, at } = reply
  await pool.query({ name: 'keep-reply', text: keep, values: [userId, provider, messageId, word, at] })
}

const keep = `
  INSERT INTO sms_reply (user_id, provider, message_id, word, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`
