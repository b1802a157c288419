import { type Diagnosis, ok, problem, warning } from '../../domain/diagnosis.ts'
import { dkimVoucher } from './dkim-voucher.ts'
import { type Dmarc, dmarcOf } from './dmarc.ts'
import type { Sender } from './sender.ts'
import { spfVoucher } from './spf-voucher.ts'
import type { Voucher } from './voucher.ts'
import type { Zone } from './zone.ts'

/** Whether receivers take mail through one provider for mail of the domain that it is from. */
export interface Alignment {
  readonly aligned: boolean
  readonly diagnoses: readonly Diagnosis[]
}

/** DMARC (RFC 9989) asks for one: SPF for an envelope of the domain (RFC 7208), or a DKIM key of it (RFC 6376). */
export function judgeAlignment(sender: Sender, zone: Zone): Alignment {
  const dmarc = dmarcOf(sender.domain, zone)
  const record = dmarc.kind === 'read' ? dmarc : undefined
  const vouchers = [spfVoucher(sender, zone, record), dkimVoucher(sender, zone, record)]
  const aligned = record !== undefined && vouchers.some(({ counts }) => counts)
  return { aligned, diagnoses: [judgeDmarc(sender.domain, dmarc), ...vouchers.map((each) => told(each, aligned))] }
}

function told({ subject, counts, found, mend, broken = false }: Voucher, aligned: boolean): Diagnosis {
  if (mend === undefined) return ok(subject, found)
  // Where something vouches for the mail it arrives; what is an error may be held against it all the same.
  return (counts || (aligned && !broken) ? warning : problem)(subject, found, mend)
}

function judgeDmarc(domain: string, dmarc: Dmarc): Diagnosis {
  const subject = `DMARC of ${domain}`
  switch (dmarc.kind) {
    case 'none':
      return problem(
        subject,
        'there is no record, and large receivers refuse mail in bulk without one',
        `publish a TXT record at _dmarc.${domain}: "v=DMARC1; p=none; rua=mailto:…" to begin with`,
      )
    case 'broken':
      return problem(subject, dmarc.found, dmarc.mend)
    case 'read': {
      const { of, policy, spf, dkim } = dmarc
      return ok(subject, `the policy of ${of} is "${policy}"; alignment of SPF is ${spf}, of DKIM ${dkim}`)
    }
  }
}
