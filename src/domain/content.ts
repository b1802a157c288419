import type { Channel, Platform, PushEnvironment } from './words.ts'

/** Rendered content: what templates/ makes and channels/ sends. */

export interface Action {
  readonly id: string
  readonly title: string
  readonly deepLink?: string | undefined
}

export interface InAppContent {
  readonly title: string
  readonly body: string
  readonly imageUrl?: string | undefined
  readonly deepLink?: string | undefined
  readonly actions: readonly Action[]
}

export type PushContent = InAppContent

/** What a notification sets for its pushes, over what the template says. Not Liquid. */
export interface RichPush {
  readonly imageUrl?: string | null | undefined
  readonly deepLink?: string | null | undefined
  readonly actions?: readonly RichPushAction[] | null | undefined
}

export interface RichPushAction {
  readonly id: string
  readonly title: string
  readonly deepLink?: string | null | undefined
}

export interface EmailContent {
  readonly subject: string
  readonly html: string
  /** Made from the HTML where the template has none. */
  readonly text: string
}

export interface SmsContent {
  readonly body: string
  /** How many SMS it is billed as: GSM-7 160/153 characters, UCS-2 70/67. */
  readonly segments: number
}

export interface Contents {
  readonly IN_APP: InAppContent
  readonly PUSH: PushContent
  readonly EMAIL: EmailContent
  readonly SMS: SmsContent
}

export type ContentOf<C extends Channel> = Contents[C]

export interface PushTarget {
  readonly deviceId: string
  readonly platform: Platform
  readonly token: string
  readonly app: string
  readonly environment: PushEnvironment
}
