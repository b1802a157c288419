// What the package has and its types leave out.
import 'apn'

declare module 'apn' {
  interface Notification {
    headers(): Record<string, string | number>
    /** The payload as JSON. */
    compile(): string
  }
}
