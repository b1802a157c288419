import { build } from './build-element.ts'

export interface CheckBox {
  /** Known by this after everything around it was drawn anew. */
  readonly key: string
  readonly label: string
  readonly isOn: boolean
  readonly look: 'switch' | 'chip'
  readonly onChange: (isOn: boolean) => void
}

export function checkBox({ key, label, isOn, look, onChange }: CheckBox): HTMLElement {
  const role = look === 'switch' ? 'switch' : null
  const input = build('input', { type: 'checkbox', role, 'data-key': key })
  input.checked = isOn
  input.addEventListener('change', () => onChange(input.checked))
  return build('label', { class: look }, build('span', {}, label), input)
}

export function chips(label: string, ...boxes: readonly HTMLElement[]): HTMLElement {
  return build(
    'div',
    { class: 'row', role: 'group', 'aria-label': label },
    build('span', { dir: 'auto' }, label),
    build('div', { class: 'chips' }, ...boxes),
  )
}

export function section(title: string, ...rows: readonly HTMLElement[]): HTMLElement {
  return build('fieldset', {}, build('legend', {}, title), ...rows)
}
