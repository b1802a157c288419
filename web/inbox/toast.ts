import { build } from './build-element.ts'
import { textButton } from './button.ts'

interface Offer {
  readonly text: string
  readonly work: () => void
}

export interface Toast {
  readonly node: HTMLElement
  show(text: string, offer?: Offer): void
}

const shownMs = 8000

/** A word on what has just been done, and a way back from it, for some seconds or as long as somebody is at it. */
export function toast(): Toast {
  const node = build('div', { class: 'toast', part: 'toast', role: 'status' })
  let timer: ReturnType<typeof setTimeout> | undefined
  const hide = () => node.replaceChildren()
  const hideLater = () => {
    clearTimeout(timer)
    timer = setTimeout(hide, shownMs)
  }
  for (const event of ['pointerenter', 'focusin']) node.addEventListener(event, () => clearTimeout(timer))
  for (const event of ['pointerleave', 'focusout']) node.addEventListener(event, hideLater)
  return {
    node,
    show(text, offer) {
      const button =
        offer &&
        textButton(offer.text, { class: 'plain' }, () => {
          hide()
          offer.work()
        })
      node.replaceChildren(build('span', {}, text), ...(button ? [button] : []))
      hideLater()
    },
  }
}
