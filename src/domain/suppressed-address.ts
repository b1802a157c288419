/** The channels whose addresses a provider can call dead or unwilling; a dead token of a device is forgotten instead. */
export type AddressChannel = 'EMAIL' | 'SMS'

/**
 * Why nothing is sent to an address any more, through any provider.
 *
 * - bounced: it does not exist
 * - complained: its owner has called something of ours spam
 * - stopped: its owner has answered STOP, and the provider knows
 */
export const addressReasons = ['bounced', 'complained', 'stopped'] as const
export type AddressReason = (typeof addressReasons)[number]

/** An address as it is compared: providers report mail addresses in whichever case they like. */
export function canonicalAddress(channel: AddressChannel, address: string): string {
  return channel === 'EMAIL' ? address.toLowerCase() : address
}
