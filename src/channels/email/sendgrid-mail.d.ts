/**
 * @sendgrid/mail 8 exports one instance of this class and not the class, and its types cannot be imported under
 * `moduleResolution: nodenext`: this is the part of them that we use.
 */
declare module '@sendgrid/mail/src/classes/mail-service.js' {
  export default class MailService {
    setClient(client: MailClient): this
    send(mail: Mail): Promise<unknown>
  }

  export interface MailClient {
    request(request: { readonly method: 'POST'; readonly url: string; readonly body: object }): Promise<unknown>
  }

  export interface Mail {
    readonly from: string
    readonly subject: string
    readonly personalizations: readonly {
      readonly to: { readonly email: string }
      readonly customArgs: Readonly<Record<string, string>>
    }[]
    readonly headers?: Readonly<Record<string, string>>
    readonly content: readonly { readonly type: string; readonly value: string }[]
  }
}
