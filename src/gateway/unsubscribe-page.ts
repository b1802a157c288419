/** Before anything has changed. The form goes to the page's own address, wherever a proxy has put it. */
export function askPage(category: string): string {
  return page(
    'Unsubscribe',
    `<p>Do you want to get no more e-mail about <b>${escapeHtml(category)}</b>?</p>
<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click"><button>Unsubscribe</button></form>`,
  )
}

export function donePage(category: string): string {
  return page('Unsubscribed', `<p>You will get no more e-mail about <b>${escapeHtml(category)}</b>.</p>`)
}

export function unknownPage(): string {
  return page(
    'This link does not work',
    '<p>It may have been cut off. Open it from the e-mail again, or unsubscribe in your preferences.</p>',
  )
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>
body { max-width: 26rem; margin: 18vh auto 0; padding: 0 1.5rem; font: 17px/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
h1 { font-size: 1.5rem; letter-spacing: -0.01em }
button { padding: .7rem 1.4rem; border: 0; border-radius: .6rem; background: #2457d6; color: #fff; font: inherit; font-weight: 600; cursor: pointer }
button:hover { background: #1c45ab }
button:focus-visible { outline: 3px solid #8fb0ff; outline-offset: 2px }
</style>
<h1>${title}</h1>
${body}
</html>
`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
