const shape = /^[^\s@<>()[\]",;:\\]+@[a-z0-9-]+(\.[a-z0-9-]+)+$/i

export function isMailAddress(address: string | undefined): address is string {
  return address !== undefined && address.length <= 254 && shape.test(address)
}

/** The address in "Name <address>", or the text itself. */
export function addressIn(text: string): string {
  return /<([^<>]*)>\s*$/.exec(text)?.[1] ?? text
}
