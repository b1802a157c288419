import type { EmailProvider } from '../../domain/words.ts'
import { type DmarcRecord, isAlignedWith } from './dmarc.ts'
import { homes, type Sender } from './sender.ts'
import { spfOf } from './spf.ts'
import type { Voucher } from './voucher.ts'
import { isWithin, type Zone } from './zone.ts'

/** SPF: the servers that the domain of the envelope permits (RFC 7208). */
export function spfVoucher(sender: Sender, zone: Zone, dmarc: DmarcRecord | undefined): Voucher {
  const { provider, domain, returnPath } = sender
  const subject = `SPF of ${domain} through ${provider}`
  const home = homes[provider]
  if (returnPath === undefined) {
    const found = `the envelope is one of ${provider}'s own as far as is known here, so that SPF vouches for ${provider} alone`
    const mend = `set up a return path below ${domain} at ${provider}, and name it in EMAIL_RETURN_PATHS`
    return { subject, counts: false, found, mend }
  }
  if (dmarc !== undefined && !isAlignedWith(returnPath, domain, dmarc.spf, dmarc.organization)) {
    const found = `the envelope is of ${returnPath}, which is not aligned with ${domain} (${dmarc.spf})`
    const mend = dmarc.spf === 'strict' ? 'remove "aspf=s" from the DMARC record' : `use an envelope below ${domain}`
    return { subject, counts: false, found, mend }
  }
  const alias = zone.cname.get(returnPath)
  if (home !== undefined && alias !== undefined && isWithin(alias, home)) {
    return { subject, counts: true, found: `${returnPath} is delegated to ${home}` }
  }
  return { subject, ...judgeRecord(sender, returnPath, zone) }
}

function judgeRecord({ provider, server }: Sender, envelope: string, zone: Zone): Omit<Voucher, 'subject'> {
  const wanted = homes[provider] ?? server
  const spf = spfOf(envelope, zone)
  switch (spf.kind) {
    case 'none':
      return {
        counts: false,
        found: `${envelope} has no SPF record`,
        mend: `publish a TXT record at ${envelope}: "v=spf1 ${homes[provider] ? 'include' : 'a'}:${wanted} ~all"`,
      }
    case 'broken':
      return { counts: false, broken: true, found: spf.found, mend: spf.mend }
    case 'read': {
      if (spf.everyone)
        return {
          counts: true,
          found: `${envelope} lets everybody send`,
          mend: 'end its SPF record with "~all" or "-all"',
        }
      if (spf.permits.some((name) => isWithin(name, nearOf(provider, wanted)) || isWithin(wanted, name)))
        return { counts: true, found: `${envelope} permits ${wanted}` }
      return {
        counts: false,
        found: `the SPF record of ${envelope} does not name ${wanted}`,
        mend: homes[provider]
          ? `add "include:${wanted}" to it`
          : `see to it that it permits what ${wanted} sends from, or name its DKIM selector in EMAIL_DKIM_SELECTORS`,
      }
    }
  }
}

/** Mail servers send from neighbours of theirs: "smtp.relay.example" is permitted by "include:spf.relay.example". */
function nearOf(provider: EmailProvider, server: string): string {
  const labels = server.split('.')
  return provider === 'smtp' && labels.length > 2 ? labels.slice(1).join('.') : server
}
