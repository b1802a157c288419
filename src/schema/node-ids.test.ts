import { afterAll, expect, test } from 'vitest'
import { aCaller, aViewer, nobody, openSchemaApp } from '../../test/setup/schema-app.ts'
import { deviceNodeId, isCallerId, parseDeviceNodeId, typeOfId, userIdOfNode } from './node-ids.ts'

const { run, close } = await openSchemaApp()
afterAll(close)

test('an id tells its type, and a person is a viewer to herself', () => {
  const types = ['ntf', 'dlv', 'inb', 'tpl', 'clr', 'prf', 'dev', 'usr'].map((prefix) => [
    typeOfId(`${prefix}_x`, aCaller()),
    typeOfId(`${prefix}_x`, aViewer('x')),
  ])
  expect(types).toEqual([
    ...['Notification', 'Delivery', 'InboxItem', 'Template', 'Caller', 'Preferences', 'Device'].map((type) => [
      type,
      type,
    ]),
    ['User', 'Viewer'],
  ])
})

test('the parts of an id can be read back', () => {
  const key = { userId: 'ada_l:1', deviceId: 'phone_~1' }
  expect(parseDeviceNodeId(deviceNodeId(key))).toEqual(key)
  expect(['dev_', 'dev_a', 'dev_~a', 'dev_a~', 'usr_a~b'].map(parseDeviceNodeId)).toEqual(Array(5).fill(undefined))
  expect(['usr_ada_l', 'prf_x', 'usr_', 'dev_x'].map(userIdOfNode)).toEqual(['ada_l', 'x', undefined, undefined])
  expect(['clr_01arz3ndektsv4rrffq69g5fav', 'clr_01ARZ3NDEKTSV4RRFFQ69G5FAV', 'clr_1'].map(isCallerId)).toEqual([
    true,
    false,
    false,
  ])
})

test.each(['', '_', 'x', 'xyz_1', 'constructor_1', '__proto___1', 'ded_1', 'usr_', 'dev_a', 'clr_\0', 'tpl_'])(
  'nothing has the id %j',
  async (id) => {
    expect(await run(aCaller(), 'query ($id: ID!) { node(id: $id) { id } }', { id })).toEqual({ data: { node: null } })
  },
)

test('nobody may ask for anything by its id', async () => {
  expect(await run(nobody, '{ node(id: "tpl_x") { id } }')).toMatchObject({
    data: { node: null },
    errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
  })
})
