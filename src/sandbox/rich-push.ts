import { isText, listAt, parseJson, textAt } from './json.ts'
import type { Action, Shown } from './provider.ts'

/** Image, link and buttons of a push, from the first of the places where a sender may have put them. */
export function richPush(...places: readonly unknown[]): Pick<Shown, 'imageUrl' | 'deepLink' | 'actions'> {
  return {
    imageUrl: firstText(places, ['imageUrl', 'image_url', 'image', 'image-url']),
    deepLink: firstText(places, ['deepLink', 'deep_link', 'link', 'url', 'click_action']),
    actions: places.map(actionsOf).find((actions) => actions.length > 0),
  }
}

function firstText(places: readonly unknown[], keys: readonly string[]): string | undefined {
  return places
    .flatMap((place) => keys.map((key) => textAt(place, key)))
    .find((text) => text !== undefined && text !== '')
}

/** FCM data values are texts, so a list arrives there as JSON. */
function actionsOf(place: unknown): readonly Action[] {
  const written = textAt(place, 'actions')
  const list = written === undefined ? listAt(place, 'actions') : parseJson(written)
  if (!Array.isArray(list)) return []
  return list.flatMap((action: unknown) => {
    const title = textAt(action, 'title') ?? textAt(action, 'label')
    return isText(title) ? [{ id: textAt(action, 'id') ?? title, title }] : []
  })
}
