/** One of the two ways in which mail is vouched for. */
export interface Voucher {
  readonly subject: string
  /** Receivers who keep to DMARC let mail pass for it. */
  readonly counts: boolean
  readonly found: string
  /** Where something is to be done. */
  readonly mend?: string
  /** An error for every receiver, whatever else vouches for the mail. */
  readonly broken?: boolean
}
