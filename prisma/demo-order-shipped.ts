import type { TemplateContent } from '../src/domain/template.ts'
import type { NewTemplate } from '../src/store/templates.ts'
import { demoEmail } from './demo-email.ts'

const link = 'https://shop.example.com/orders/{{ orderId | url_encode }}'
const tracking = `{% if trackingUrl %}{{ trackingUrl }}{% else %}${link}{% endif %}`
const imageUrl = '{{ imageUrl | default: "https://shop.example.com/images/parcel.png" }}'

/** All four channels, in two languages, with an image and buttons. */
export const orderShipped: NewTemplate = {
  name: 'order.shipped',
  tier: 'TRANSACTIONAL',
  category: 'order.shipped',
  readCancelsOthers: false,
  inboxFallback: true,
  sensitive: false,
  dataSchema: {
    type: 'object',
    required: ['orderId'],
    properties: {
      orderId: { type: 'string', minLength: 1, maxLength: 64 },
      item: { type: 'string', minLength: 1, maxLength: 200 },
      carrier: { type: 'string', minLength: 1, maxLength: 100 },
      arrives: { type: 'string', description: 'As people say it: "on Tuesday".' },
      trackingUrl: { type: 'string', format: 'uri' },
      imageUrl: { type: 'string', format: 'uri' },
    },
  },
  contents: [english(), german()],
}

function english(): TemplateContent {
  const card = {
    title: 'Your order is on its way',
    body: '{{ item | default: "Your order" }} left our warehouse{% if carrier %} with {{ carrier }}{% endif %}{% if arrives %} and arrives {{ arrives }}{% endif %}.',
    imageUrl,
    deepLink: link,
    actions: [
      { id: 'track', title: 'Track parcel', deepLink: tracking },
      { id: 'help', title: 'Get help', deepLink: 'https://shop.example.com/help' },
    ],
  }
  return {
    locale: 'en',
    inApp: card,
    push: card,
    email: {
      subject: 'Order {{ orderId }} is on its way',
      html: demoEmail({
        locale: 'en',
        preview: '{{ item | default: "Your order" }} left our warehouse.',
        title: 'Your order is on its way',
        body: `<p style="margin:0 0 16px">Hello{% if user.name %} {{ user.name }}{% endif %},</p>
<p style="margin:0">${card.body} The number of your order is <strong>{{ orderId }}</strong>.</p>`,
        button: { title: 'Track parcel', url: tracking },
        footer: 'You get this e-mail because you ordered something from us.',
      }),
    },
    sms: { body: `Order {{ orderId }} is on its way{% if arrives %} and arrives {{ arrives }}{% endif %}: ${link}` },
  }
}

function german(): TemplateContent {
  const card = {
    title: 'Deine Bestellung ist unterwegs',
    body: '{{ item | default: "Deine Bestellung" }} hat unser Lager verlassen{% if carrier %} (mit {{ carrier }}){% endif %}{% if arrives %}. Ankunft: {{ arrives }}{% endif %}.',
    imageUrl,
    deepLink: link,
    actions: [
      { id: 'track', title: 'Paket verfolgen', deepLink: tracking },
      { id: 'help', title: 'Hilfe', deepLink: 'https://shop.example.com/help' },
    ],
  }
  return {
    locale: 'de',
    inApp: card,
    push: card,
    email: {
      subject: 'Bestellung {{ orderId }} ist unterwegs',
      html: demoEmail({
        locale: 'de',
        preview: '{{ item | default: "Deine Bestellung" }} hat unser Lager verlassen.',
        title: 'Deine Bestellung ist unterwegs',
        body: `<p style="margin:0 0 16px">Hallo{% if user.name %} {{ user.name }}{% endif %},</p>
<p style="margin:0">${card.body} Die Nummer deiner Bestellung ist <strong>{{ orderId }}</strong>.</p>`,
        button: { title: 'Paket verfolgen', url: tracking },
        footer: 'Du bekommst diese E-Mail, weil du bei uns bestellt hast.',
      }),
    },
    sms: { body: `Bestellung {{ orderId }} ist unterwegs{% if arrives %}. Ankunft: {{ arrives }}{% endif %}: ${link}` },
  }
}
