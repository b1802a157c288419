import { build } from './build-element.ts'

export interface Announcer {
  readonly node: HTMLElement
  /** Of an item that came in. Several within a moment are told together. */
  added(title: string): void
  close(): void
}

const togetherMs = 600

/** What a screen reader says of what happens by itself, whether the panel is open or not. */
export function announcer(text: (count: number, title: string) => string): Announcer {
  const node = build('div', { class: 'unseen', role: 'status', 'aria-live': 'polite' })
  let titles: string[] = []
  let timer: ReturnType<typeof setTimeout> | undefined
  return {
    node,
    added(title) {
      titles.push(title)
      timer ??= setTimeout(() => {
        node.textContent = text(titles.length, title)
        titles = []
        timer = undefined
      }, togetherMs)
    },
    close: () => clearTimeout(timer),
  }
}
