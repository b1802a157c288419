type Attribute = string | number | boolean | null | undefined
type Child = Node | string | null | undefined

export interface Attributes {
  readonly [name: string]: Attribute
}

/** An HTML element. What comes from a server goes in as text and attributes, never as markup. */
export function build<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const node = document.createElement(tag)
  setAttributes(node, attributes)
  node.append(...children.filter((child) => child !== null && child !== undefined))
  return node
}

/** `true` is an empty attribute; `false`, null and undefined are none. Touches only what is different. */
export function setAttributes(node: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) node.removeAttribute(name)
    else if (node.getAttribute(name) !== String(value === true ? '' : value)) {
      node.setAttribute(name, String(value === true ? '' : value))
    }
  }
}

/** Says nothing to a screen reader where nothing has changed. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text
}
