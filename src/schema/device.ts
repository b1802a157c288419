import { canonicalToken, deviceProblems } from '../domain/device-input.ts'
import { InvalidInput, NotFound } from '../errors.ts'
import * as devices from '../store/devices.ts'
import { unknownUserIds } from '../store/users.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { deviceNodeId, parseDeviceNodeId } from './node-ids.ts'
import { maySee, subjectOf, subjectScopes } from './subject.ts'
import { Platform, PushEnvironment } from './words.ts'

export const Device = builder.objectRef<devices.Device>('Device')

builder.node(Device, {
  id: { resolve: deviceNodeId },
  authScopes: { callerOrViewer: true },
  description: 'An app on a phone or in a browser that pushes can reach. Its token is never shown.',
  loadOne: async (id, { app, principal }) => {
    const key = parseDeviceNodeId(id)
    return key && maySee(principal, key.userId) ? devices.findDevice(app.database, key.userId, key.deviceId) : null
  },
  fields: (t) => ({
    deviceId: t.exposeID('deviceId', { description: "The app's own id." }),
    platform: t.expose('platform', { type: Platform }),
    app: t.exposeString('app', { description: 'Bundle id (IOS) or sender (ANDROID, WEB).' }),
    environment: t.expose('environment', { type: PushEnvironment }),
    isActive: t.exposeBoolean('isActive', { description: 'False once it was unregistered or its token has died.' }),
    registeredAt: t.expose('registeredAt', { type: 'DateTime', description: 'Since when it has its token.' }),
    lastSeenAt: t.expose('lastSeenAt', { type: 'DateTime', description: 'When it was last registered.' }),
  }),
})

const RegisterDeviceInput = builder.inputType('RegisterDeviceInput', {
  fields: (t) => ({
    userId: t.id({ description: 'Callers only; a viewer registers her own.' }),
    deviceId: t.id({ required: true, description: "The app's own: 1 to 128 of `A-Z a-z 0-9 _ . : -`." }),
    platform: t.field({ type: Platform, required: true }),
    token: t.string({
      required: true,
      description:
        'IOS: an APNs device token, hex; ANDROID and WEB: an FCM registration token. If it belonged to somebody else, it no longer does.',
    }),
    app: t.string({ description: 'Bundle id or sender; default: the configured one.' }),
    environment: t.field({ type: PushEnvironment, required: true, defaultValue: 'PRODUCTION' }),
  }),
})

builder.mutationField('registerDevice', (t) =>
  t.field({
    type: Device,
    errors: { types: [InvalidInput], union: { name: 'RegisterDeviceResult' } },
    authScopes: subjectScopes,
    description: 'Registers a device, or renews it: to be called whenever the app starts.',
    args: { input: t.arg({ type: RegisterDeviceInput, required: true }) },
    resolve: async (_root, args, { app, principal }) => {
      const { deviceId, platform, token, environment, app: given } = args.input
      const userId = subjectOf(args, principal)
      const problems = [...(await userProblems(userId, { app, principal })), ...deviceProblems(args.input)]
      if (problems.length > 0) throw new InvalidInput(problems)
      return devices.registerDevice(
        app.database,
        {
          userId,
          deviceId,
          platform,
          token: canonicalToken(platform, token),
          app: given ?? app.defaultApp[platform],
          environment,
        },
        app.now(),
      )
    },
  }),
)

/** A viewer is known by her token. */
async function userProblems(userId: string, { app, principal }: Pick<Context, 'app' | 'principal'>) {
  const isUnknown = principal.kind === 'caller' && (await unknownUserIds(app.database, [userId])).length > 0
  return isUnknown
    ? [{ path: ['input', 'userId'], code: 'UNKNOWN_USER', message: 'must be a user: upsertUsers makes one' }]
    : []
}

const UnregisterDeviceInput = builder.inputType('UnregisterDeviceInput', {
  fields: (t) => ({
    userId: t.id({ description: 'Callers only; a viewer unregisters her own.' }),
    deviceId: t.id({ required: true }),
  }),
})

builder.mutationField('unregisterDevice', (t) =>
  t.field({
    type: Device,
    errors: { types: [NotFound, InvalidInput], union: { name: 'UnregisterDeviceResult' } },
    authScopes: subjectScopes,
    description: 'No more pushes to this device, until it is registered again: to be called when the user signs out.',
    args: { input: t.arg({ type: UnregisterDeviceInput, required: true }) },
    resolve: async (_root, args, { app, principal }) => {
      const { deviceId } = args.input
      const device = await devices.deactivateDevice(app.database, subjectOf(args, principal), deviceId)
      if (device === undefined) throw new NotFound('device', deviceId)
      return device
    },
  }),
)
