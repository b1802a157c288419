/** Frames of a WebSocket as a server sends them, counted and otherwise left as they are: a client has to cost little. */
export function frames(onText: (payload: Buffer) => void, onPing: () => void): (chunk: Buffer) => void {
  let rest: Buffer | undefined
  return (chunk) => {
    let bytes = rest ? Buffer.concat([rest, chunk]) : chunk
    for (;;) {
      const frame = firstFrame(bytes)
      if (frame === undefined) break
      if (frame.opcode === 1) onText(bytes.subarray(frame.from, frame.to))
      else if (frame.opcode === 9) onPing()
      bytes = bytes.subarray(frame.to)
    }
    rest = bytes.length > 0 ? bytes : undefined
  }
}

interface Frame {
  readonly opcode: number
  readonly from: number
  readonly to: number
}

function firstFrame(bytes: Buffer): Frame | undefined {
  const [head = 0, short = 0] = bytes
  if (bytes.length < 2 || (short === 126 && bytes.length < 4) || (short === 127 && bytes.length < 10)) return undefined
  const [from, length] =
    short === 126 ? [4, bytes.readUInt16BE(2)] : short === 127 ? [10, Number(bytes.readBigUInt64BE(2))] : [2, short]
  return bytes.length < from + length ? undefined : { opcode: head & 15, from, to: from + length }
}

/** A frame as clients send it. The mask is of zeros: it is there, and changes nothing. */
export function clientFrame(text: string, opcode = 1): Buffer {
  const payload = Buffer.from(text)
  const { length } = payload
  const head = length < 126 ? [0x80 | length] : [0x80 | 126, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([0x80 | opcode, ...head, 0, 0, 0, 0]), payload])
}
