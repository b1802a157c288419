/** Names a target of a slice among its claims: the recipient, and of a push the device. */
export function claimKey(recipientId: string, deviceId: string): string {
  return `${recipientId}~${deviceId}`
}

/** Of a key, the device of this recipient; '' where there is none, undefined where the key is not hers. */
export function deviceOfKey(key: string, recipientId: string): string | undefined {
  if (key === recipientId) return ''
  const prefix = claimKey(recipientId, '')
  return key.startsWith(prefix) ? key.slice(prefix.length) : undefined
}
