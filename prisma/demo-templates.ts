import type { NewTemplate } from '../src/store/templates.ts'
import { demoEmail } from './demo-email.ts'
import { orderShipped } from './demo-order-shipped.ts'

const plain = { readCancelsOthers: false, inboxFallback: false, sensitive: false } as const

const securityOtp: NewTemplate = {
  ...plain,
  name: 'security.otp',
  tier: 'TRANSACTIONAL',
  category: 'security.otp',
  sensitive: true,
  dataSchema: {
    type: 'object',
    required: ['code'],
    properties: {
      code: { type: 'string', pattern: '^[0-9]{4,8}$' },
      minutes: { type: 'integer', minimum: 1, maximum: 60 },
    },
  },
  contents: [
    {
      locale: 'en',
      push: {
        title: 'Your code is {{ code }}',
        body: 'It is good for {{ minutes | default: 10 }} minutes. Never pass it on.',
      },
      email: {
        subject: 'Your sign-in code',
        html: demoEmail({
          locale: 'en',
          preview: 'It is good for {{ minutes | default: 10 }} minutes.',
          title: 'Your sign-in code',
          body: `<p style="margin:0 0 20px;font-size:36px;font-weight:700;letter-spacing:.2em;font-family:ui-monospace,Menlo,Consolas,monospace">{{ code }}</p>
<p style="margin:0">It is good for {{ minutes | default: 10 }} minutes. Nobody of ours will ever ask you for it.</p>`,
          footer: 'Somebody is signing in with your address. If that is not you, change your password.',
        }),
      },
      sms: {
        body: '{{ code }} is your Carillon code, good for {{ minutes | default: 10 }} minutes. Never pass it on.',
      },
    },
  ],
}

const liked = {
  title: '{{ who }} likes {{ what | default: "your post" }}',
  body: '{% if others and others > 0 %}So do {{ others }} others. {% endif %}Say hello back.',
  deepLink: 'https://social.example.com/posts/{{ postId | default: "latest" | url_encode }}',
  actions: [{ id: 'view', title: 'View', deepLink: 'https://social.example.com/posts' }],
}

const socialLike: NewTemplate = {
  ...plain,
  name: 'social.like',
  tier: 'SOCIAL',
  category: 'social.like',
  readCancelsOthers: true,
  dataSchema: {
    type: 'object',
    required: ['who'],
    properties: {
      who: { type: 'string', minLength: 1, maxLength: 100 },
      what: { type: 'string', minLength: 1, maxLength: 200 },
      postId: { type: 'string' },
      others: { type: 'integer', minimum: 0 },
    },
  },
  contents: [{ locale: 'en', inApp: liked, push: liked }],
}

const posted = {
  title: '{{ who }} has posted',
  body: '{{ text }}',
  deepLink: 'https://social.example.com/posts/{{ postId | default: "latest" | url_encode }}',
  actions: [{ id: 'view', title: 'View', deepLink: 'https://social.example.com/posts' }],
}

const socialPost: NewTemplate = {
  ...plain,
  name: 'social.post',
  tier: 'SOCIAL',
  category: 'social.post',
  readCancelsOthers: true,
  dataSchema: {
    type: 'object',
    required: ['who', 'text'],
    properties: {
      who: { type: 'string', minLength: 1, maxLength: 100 },
      text: { type: 'string', minLength: 1, maxLength: 500 },
      postId: { type: 'string' },
    },
  },
  contents: [{ locale: 'en', inApp: posted, push: posted }],
}

const news = {
  title: '{{ headline }}',
  body: '{{ teaser }}',
  imageUrl: '{{ imageUrl | default: "https://news.example.com/images/cover.png" }}',
  deepLink: '{{ url | default: "https://news.example.com" }}',
}

const marketingNewsletter: NewTemplate = {
  ...plain,
  name: 'marketing.newsletter',
  tier: 'MARKETING',
  category: 'marketing.newsletter',
  readCancelsOthers: true,
  dataSchema: {
    type: 'object',
    required: ['headline', 'teaser'],
    properties: {
      headline: { type: 'string', minLength: 1, maxLength: 120 },
      teaser: { type: 'string', minLength: 1, maxLength: 500 },
      url: { type: 'string', format: 'uri' },
      imageUrl: { type: 'string', format: 'uri' },
    },
  },
  contents: [
    {
      locale: 'en',
      inApp: news,
      push: news,
      email: {
        subject: '{{ headline }}',
        html: demoEmail({
          locale: 'en',
          preview: '{{ teaser | truncate: 120 }}',
          title: '{{ headline }}',
          body: `<p style="margin:0 0 16px">Hello{% if user.name %} {{ user.name }}{% endif %},</p>
<p style="margin:0">{{ teaser }}</p>`,
          button: { title: 'Read more', url: news.deepLink },
          footer: 'You get this e-mail because you subscribed to our news. Your preferences end it at once.',
        }),
      },
    },
  ],
}

/** One template for each kind of use. */
export const demoTemplates: readonly NewTemplate[] = [
  orderShipped,
  securityOtp,
  socialLike,
  socialPost,
  marketingNewsletter,
]
