/** An e-mail of one column: what the demo's templates have in common. Every part is Liquid. */
export interface DemoEmail {
  readonly locale: string
  /** What a mailbox shows beside the subject. */
  readonly preview: string
  readonly title: string
  /** HTML. */
  readonly body: string
  readonly button?: { readonly title: string; readonly url: string }
  readonly footer: string
}

/** Tables, because Outlook lays out nothing else; styles that clients may drop without anything breaking. */
export function demoEmail({ locale, preview, title, body, button, footer }: DemoEmail): string {
  return `<!doctype html>
<html lang="${locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>
  @media (max-width: 599px) { .card { padding: 28px 24px !important } .title { font-size: 22px !important } }
  @media (prefers-color-scheme: dark) {
    .page { background: #14161c !important } .card { background: #1f232d !important }
    .title { color: #f4f5f8 !important } .text { color: #c3c8d4 !important } .quiet { color: #8a91a3 !important }
  }
</style>
</head>
<body class="page" style="margin:0;padding:0;background:#f2f3f7">
<div style="display:none;max-height:0;overflow:hidden">${preview}</div>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0">
<tr><td align="center" style="padding:32px 12px">
  <table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px;font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif">
  <tr><td class="quiet" style="padding:0 8px 16px;font-size:14px;font-weight:600;letter-spacing:.02em;color:#5b6275">Carillon</td></tr>
  <tr><td class="card" style="background:#ffffff;border-radius:14px;padding:40px">
    <h1 class="title" style="margin:0 0 16px;font-size:26px;line-height:1.25;color:#171a21">${title}</h1>
    <div class="text" style="font-size:16px;line-height:1.6;color:#3d4454">${body}</div>
    ${button ? buttonHtml(button) : ''}
  </td></tr>
  <tr><td class="quiet" style="padding:20px 8px;font-size:13px;line-height:1.5;color:#7a8194">${footer}</td></tr>
  </table>
</td></tr>
</table>
</body>
</html>`
}

function buttonHtml({ title, url }: { readonly title: string; readonly url: string }): string {
  return `<table role="presentation" cellpadding="0" cellspacing="0" style="margin-top:28px"><tr>
      <td style="border-radius:10px;background:#4f46e5"><a href="${url}" style="display:inline-block;padding:14px 26px;font-size:16px;font-weight:600;color:#ffffff;text-decoration:none">${title}</a></td>
    </tr></table>`
}
