import type { CardTemplate, TemplateContent } from '../domain/template.ts'
import { ActionInput } from './action-input.ts'
import { builder } from './builder.ts'
import { Tier } from './words.ts'

const InAppContentInput = builder.inputType('InAppContentInput', {
  description: 'Liquid: an item of the inbox.',
  fields: (t) => ({
    title: t.string({ required: true }),
    body: t.string({ required: true }),
    imageUrl: t.string(),
    deepLink: t.string(),
    actions: t.field({ type: [ActionInput] }),
  }),
})

const PushContentInput = builder.inputType('PushContentInput', {
  description: 'Liquid: a push, with an image and buttons where the device can show them.',
  fields: (t) => ({
    title: t.string({ required: true }),
    body: t.string({ required: true }),
    imageUrl: t.string(),
    deepLink: t.string(),
    actions: t.field({ type: [ActionInput] }),
  }),
})

const EmailContentInput = builder.inputType('EmailContentInput', {
  description: 'Liquid. In `html` what comes out of a variable is escaped.',
  fields: (t) => ({
    subject: t.string({ required: true }),
    html: t.string({ required: true }),
    text: t.string({ description: 'Made from the HTML where it is left out.' }),
  }),
})

const SmsContentInput = builder.inputType('SmsContentInput', {
  description: 'Liquid.',
  fields: (t) => ({ body: t.string({ required: true }) }),
})

const TemplateContentInput = builder.inputType('TemplateContentInput', {
  description: 'The texts of one language. A channel left out is a channel that the template does not have.',
  fields: (t) => ({
    locale: t.string({ required: true, defaultValue: 'en', description: 'BCP 47.' }),
    inApp: t.field({ type: InAppContentInput }),
    push: t.field({ type: PushContentInput }),
    email: t.field({ type: EmailContentInput }),
    sms: t.field({ type: SmsContentInput }),
  }),
})

export const UpsertTemplateInput = builder.inputType('UpsertTemplateInput', {
  fields: (t) => ({
    name: t.string({ required: true }),
    tier: t.field({ type: Tier, required: true }),
    category: t.string({ required: true, description: 'What a user can mute: `social.like`.' }),
    readCancelsOthers: t.boolean({
      required: true,
      defaultValue: false,
      description:
        'Reading it in the inbox cancels what is still pending on other channels: `CANCELLED`, `read_in_inbox`.',
    }),
    inboxFallback: t.boolean({
      required: true,
      defaultValue: false,
      description: 'It goes to the inbox when no provider is left.',
    }),
    sensitive: t.boolean({
      required: true,
      defaultValue: false,
      description: 'One-time codes: data is encrypted, never returned, deleted at the end; no IN_APP.',
    }),
    dataSchema: t.field({ type: 'JSON', description: 'JSON Schema of the `data` of its notifications.' }),
    contents: t.field({ type: [TemplateContentInput], required: true, description: 'At least one language.' }),
  }),
})

/** What a language was given as, without the nulls. */
export function toContent(input: typeof TemplateContentInput.$inferInput): TemplateContent {
  const { locale, inApp, push, email, sms } = input
  return {
    locale,
    inApp: inApp ? toCard(inApp) : undefined,
    push: push ? toCard(push) : undefined,
    email: email ? { ...email, text: email.text ?? undefined } : undefined,
    sms: sms ?? undefined,
  }
}

function toCard(input: typeof InAppContentInput.$inferInput): CardTemplate {
  return {
    title: input.title,
    body: input.body,
    imageUrl: input.imageUrl ?? undefined,
    deepLink: input.deepLink ?? undefined,
    actions: input.actions?.map(({ id, title, deepLink }) => ({ id, title, deepLink: deepLink ?? undefined })),
  }
}
