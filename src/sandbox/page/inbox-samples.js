/** What can be sent: the demo's templates that have an inbox, each time with other data. */
export const samples = {
  'social.like': {
    title: 'a like',
    data: (n) => ({
      who: pick(['Ada', 'Bruno', 'Chiara', 'Emil', 'Farida', 'Guo'], n),
      what: pick(['your photo of the bells', 'your comment', 'your post about Antwerp'], n),
      others: n % 4,
    }),
  },
  'order.shipped': {
    title: 'an order',
    data: (n) => ({
      orderId: `${1000 + n}`,
      item: pick(['Bell tower', 'Clapper, bronze', 'Rope, 12 m', 'Tuning fork'], n),
      carrier: 'Pigeon Post',
      arrives: pick(['on Tuesday', 'tomorrow', 'on 3 December'], n),
    }),
  },
  'marketing.newsletter': {
    title: 'a newsletter',
    data: (n) => ({
      headline: pick(['Bells in winter', 'How a carillon is tuned', 'Twelve towers to climb'], n),
      teaser: 'What to hear, where to stand, and when to bring a scarf: our guide to the towers that ring in December.',
    }),
  },
}

function pick(list, n) {
  return list[n % list.length]
}
