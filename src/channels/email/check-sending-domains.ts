import { type Diagnosis, ok, warning } from '../../domain/diagnosis.ts'
import { judgeAlignment } from './alignment.ts'
import { type Resolver, readZone } from './read-zone.ts'
import { type EmailFailover, isOnThisMachine, type Sender } from './sender.ts'

/** What DNS says of the domains that mail is from; what there is to mend at a provider that is left out is a warning. */
export async function checkSendingDomains(
  senders: readonly Sender[],
  failover: EmailFailover,
  resolver: Resolver,
): Promise<readonly Diagnosis[]> {
  const all = await Promise.all(
    senders.map((sender, index) => check(sender, index === 0 ? 'always' : failover, resolver)),
  )
  // Senders of one domain share its DMARC record.
  return [...new Map(all.flat().map((each) => [`${each.subject} ${each.found}`, each])).values()]
}

async function check(sender: Sender, failover: EmailFailover, resolver: Resolver): Promise<readonly Diagnosis[]> {
  const { provider, domain } = sender
  const subject = `sending as ${domain} through ${provider}`
  if (isOnThisMachine(sender)) return [ok(subject, 'its server is this machine: no records are asked of the domain')]
  if (failover === 'never') return [ok(subject, 'it takes no part (EMAIL_FAILOVER)')]
  const zone = await readZone(sender, resolver).catch(() => undefined)
  if (zone === undefined) return [warning(subject, 'DNS does not answer', 'let this machine ask a name server')]
  const { aligned, diagnoses } = judgeAlignment(sender, zone)
  if (failover === 'always' || aligned) return diagnoses
  const mend = 'mend what is said of its domain: until then other providers send alone'
  return [
    ...diagnoses.map((each) => (each.state === 'problem' ? { ...each, state: 'warning' as const } : each)),
    warning(subject, 'it is left out until the domain is aligned (EMAIL_FAILOVER)', mend),
  ]
}
