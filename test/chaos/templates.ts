import type { UpsertTemplateInput } from '../generated/operations.ts'

const words = { title: 'Number {{ n }}', body: 'The body of number {{ n }}.' }
const addressed = {
  email: { subject: 'Number {{ n }}', html: '<p>The body of number {{ n }}.</p>' },
  sms: { body: 'Number {{ n }} by SMS.' },
}
const dataSchema = { type: 'object', required: ['n'], properties: { n: { type: 'string' } } }

/** One for each tier, each with every channel that it may have. */
export const chaosTemplates = [
  {
    name: 'chaos.code',
    tier: 'TRANSACTIONAL',
    category: 'chaos.code',
    sensitive: true,
    dataSchema,
    contents: [{ push: words, ...addressed }],
  },
  {
    name: 'chaos.reminder',
    tier: 'SOCIAL',
    category: 'chaos.reminder',
    dataSchema,
    contents: [{ inApp: words, push: words, ...addressed }],
  },
  {
    name: 'chaos.offer',
    tier: 'MARKETING',
    category: 'chaos.offer',
    dataSchema,
    contents: [{ inApp: words, push: words, ...addressed }],
  },
] as const satisfies readonly UpsertTemplateInput[]
