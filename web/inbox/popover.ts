import { setAttributes } from './build-element.ts'
import { iconButton } from './button.ts'
import { placePanel } from './place-panel.ts'
import type { Words } from './words.ts'

export interface Popover {
  toggle(isOpen: boolean): void
  close(): void
}

/** A panel that its bell opens and closes; Escape and a click elsewhere close it too, and the bell has the focus again. */
export function popover(panel: HTMLElement, bell: HTMLButtonElement, words: Words, onOpened: () => void): Popover {
  const closing = new AbortController()
  const isOpen = () => panel.matches(':popover-open')
  const place = () => isOpen() && placePanel(panel, bell)
  panel.popover = 'auto'
  bell.popoverTargetElement = panel
  setAttributes(bell, { 'aria-expanded': 'false' })
  panel.prepend(iconButton('close', words.close, { class: 'round close', part: 'close' }, () => panel.hidePopover()))
  panel.addEventListener('beforetoggle', ({ newState }) => {
    // The browser gives the focus back too, but not through a shadow root.
    if (newState === 'closed' && panel.matches(':focus-within')) bell.focus()
  })
  panel.addEventListener('toggle', () => {
    setAttributes(bell, { 'aria-expanded': String(isOpen()) })
    place()
    if (isOpen()) onOpened()
  })
  addEventListener('resize', place, { signal: closing.signal })
  addEventListener('scroll', place, { signal: closing.signal, passive: true, capture: true })
  return {
    toggle: (isWanted) => void panel.togglePopover(isWanted),
    close: () => closing.abort(),
  }
}
