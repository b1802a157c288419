import type { Principal } from '../domain/principal.ts'

/** Ids tell their type by their prefix, so that any of them can be pasted into `node(id)`. */
const typeByPrefix: Readonly<Record<string, string>> = {
  ntf: 'Notification',
  cmp: 'Campaign',
  dlv: 'Delivery',
  inb: 'InboxItem',
  tpl: 'Template',
  seg: 'Segment',
  clr: 'Caller',
  prf: 'Preferences',
  dev: 'Device',
  usr: 'User',
  ded: 'DeadLetter',
}

/**
 * The type that an id belongs to; for an id that is none of ours, a name that no type has. A person is a `User` to
 * callers and a `Viewer` to herself.
 */
export function typeOfId(id: string, principal: Principal): string {
  const type = typeByPrefix[id.slice(0, Math.max(id.indexOf('_'), 0))] ?? 'Unknown'
  return type === 'User' && principal.kind === 'viewer' ? 'Viewer' : type
}

const callerIdPattern = /^clr_[0-9a-hjkmnp-tv-z]{26}$/
const userIdPattern = /^(?:usr|prf)_(.+)$/
const deviceIdPattern = /^dev_([^~]+)~(.+)$/

export function callerId(ulid: string): string {
  return `clr_${ulid.toLowerCase()}`
}

export function isCallerId(id: string): boolean {
  return callerIdPattern.test(id)
}

export function userNodeId(userId: string): string {
  return `usr_${userId}`
}

export function preferencesNodeId(userId: string): string {
  return `prf_${userId}`
}

/** Whom a `usr_…` or `prf_…` is about. */
export function userIdOfNode(id: string): string | undefined {
  return userIdPattern.exec(id)?.[1]
}

export interface DeviceKey {
  readonly userId: string
  readonly deviceId: string
}

export function deviceNodeId({ userId, deviceId }: DeviceKey): string {
  return `dev_${userId}~${deviceId}`
}

export function parseDeviceNodeId(id: string): DeviceKey | undefined {
  const [, userId, deviceId] = deviceIdPattern.exec(id) ?? []
  return userId && deviceId ? { userId, deviceId } : undefined
}

export function segmentNodeId(name: string): string {
  return `seg_${name}`
}

export function templateNodeId(name: string): string {
  return `tpl_${name}`
}
