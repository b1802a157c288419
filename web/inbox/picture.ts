import type { InboxItem } from '../client/index.ts'
import { build } from './build-element.ts'
import { safeLink } from './safe-link.ts'

/** The item's picture; its initial in the colour of its category where it has none, or none that loads. */
export function picture({ imageUrl, title, category }: InboxItem): HTMLElement {
  const initial = build('span', { class: 'picture', part: 'picture', 'aria-hidden': 'true' }, initialOf(title))
  initial.style.setProperty('--hue', `${hueOf(category)}`)
  const url = safeLink(imageUrl, document.baseURI)
  if (!url) return initial
  const image = build('img', {
    class: 'picture',
    part: 'picture',
    alt: '',
    loading: 'lazy',
    decoding: 'async',
    referrerpolicy: 'no-referrer',
    src: url.href,
  })
  image.addEventListener('error', () => image.replaceWith(initial), { once: true })
  return image
}

function initialOf(title: string): string {
  return /[\p{L}\p{N}]/u.exec(title)?.[0].toLocaleUpperCase() ?? '•'
}

/** The same for a category wherever it is shown. */
function hueOf(category: string): number {
  return [...category].reduce((hash, letter) => (hash * 31 + (letter.codePointAt(0) ?? 0)) % 360, 7)
}
