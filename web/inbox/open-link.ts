import { type Attributes, build } from './build-element.ts'
import { safeLink } from './safe-link.ts'

/**
 * What is pressed to open something: a link where it leads to a web page, a button where only the page can know what it
 * means. Pages of others open beside this one, and are not told where their visitor comes from.
 */
export function openLink(
  text: string,
  link: string | null,
  attributes: Attributes,
  onOpen: () => boolean,
): HTMLElement {
  const url = safeLink(link, document.baseURI)
  const isOurs = url?.origin === location.origin
  const node = url
    ? build(
        'a',
        { ...attributes, href: url.href, ...(!isOurs && { target: '_blank', rel: 'noopener noreferrer' }) },
        text,
      )
    : build('button', { ...attributes, type: 'button' }, text)
  node.addEventListener('click', (event) => {
    if (!onOpen()) event.preventDefault()
  })
  return node
}
