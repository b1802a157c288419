import { type Attributes, build } from './build-element.ts'
import { type IconName, icon } from './icon.ts'

/** A button with words. */
export function textButton(text: string, attributes: Attributes, onClick: () => void): HTMLButtonElement {
  const button = build('button', { type: 'button', ...attributes }, text)
  button.addEventListener('click', onClick)
  return button
}

/** A button with a drawing; its name is for screen readers and for those who wait over it. */
export function iconButton(name: IconName, label: string, attributes: Attributes, onClick: () => void) {
  const button = build('button', { type: 'button', class: 'round', title: label, 'aria-label': label, ...attributes })
  button.append(icon(name))
  button.addEventListener('click', onClick)
  return button
}
