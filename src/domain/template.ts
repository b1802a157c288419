import type { Channel, Tier } from './words.ts'

/** One version of a template: it never changes. Texts are Liquid. */
export interface TemplateVersion {
  readonly name: string
  readonly version: number
  readonly tier: Tier
  readonly category: string
  readonly readCancelsOthers: boolean
  readonly inboxFallback: boolean
  readonly sensitive: boolean
  readonly channels: readonly Channel[]
  readonly dataSchema: unknown
  readonly contents: readonly TemplateContent[]
}

export interface TemplateContent {
  readonly locale: string
  readonly inApp?: CardTemplate | undefined
  readonly push?: CardTemplate | undefined
  readonly email?: { readonly subject: string; readonly html: string; readonly text?: string | undefined } | undefined
  readonly sms?: { readonly body: string } | undefined
}

/** In-app items and pushes have the same parts. */
export interface CardTemplate {
  readonly title: string
  readonly body: string
  readonly imageUrl?: string | undefined
  readonly deepLink?: string | undefined
  readonly actions?:
    | readonly { readonly id: string; readonly title: string; readonly deepLink?: string | undefined }[]
    | undefined
}
