import { sesClient } from './a-ses-client.ts'
import { smtpClient } from './a-smtp-client.ts'
import { vonageClient } from './a-vonage-client.ts'
import type { Sandbox } from './start.ts'
import {
  apnsClient,
  defaultPatienceMs,
  fcmClient,
  sendgridClient,
  type TestClient,
  twilioClient,
} from './test-clients.ts'

export async function aClientOfEach(sandbox: Sandbox, patienceMs = defaultPatienceMs): Promise<readonly TestClient[]> {
  return [
    apnsClient(sandbox, patienceMs),
    await fcmClient(sandbox, patienceMs),
    sendgridClient(sandbox, patienceMs),
    sesClient(sandbox, patienceMs),
    smtpClient(sandbox, patienceMs),
    twilioClient(sandbox, patienceMs),
    vonageClient(sandbox, patienceMs),
  ]
}
