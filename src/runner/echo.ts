/** ICMP echo (RFC 792, RFC 4443 section 4) as raw sockets send and receive it. Pure bytes; `icmp.ts` has the sockets. */

export interface EchoQuestion {
  readonly family: 4 | 6;
  /** 16 bits each: which process asks, and which question it is. */
  readonly id: number;
  readonly sequence: number;
  /** Drawn anew for each question, so that no late or forged answer fits. */
  readonly nonce: Buffer;
}

/** The kernel fills the checksum of IPv6 in: it knows the address that the packet leaves from. */
export function echoRequest({ family, id, sequence, nonce }: EchoQuestion): Buffer {
  const message = Buffer.alloc(headerBytes + nonce.length);
  message.writeUInt8(family === 4 ? request4 : request6, 0);
  message.writeUInt16BE(id, 4);
  message.writeUInt16BE(sequence, 6);
  nonce.copy(message, headerBytes);
  if (family === 4) message.writeUInt16BE(checksum(message), 2);
  return message;
}

/** Whether these bytes answer the question. Those of IPv4 begin with the header of the packet. */
export function isEchoReply(bytes: Buffer, question: EchoQuestion): boolean {
  const start = question.family === 4 ? ip4HeaderBytes(bytes) : 0;
  if (start === undefined || bytes.length < start + headerBytes + question.nonce.length) return false;
  const message = bytes.subarray(start);
  return (
    message.readUInt8(0) === (question.family === 4 ? reply4 : reply6) &&
    message.readUInt8(1) === 0 &&
    message.readUInt16BE(4) === question.id &&
    message.readUInt16BE(6) === question.sequence &&
    message.subarray(headerBytes, headerBytes + question.nonce.length).equals(question.nonce)
  );
}

export const reply4 = 0;
export const reply6 = 129;
const request4 = 8;
const request6 = 128;
const headerBytes = 8;

function ip4HeaderBytes(bytes: Buffer): number | undefined {
  if (bytes.length < 20 || bytes.readUInt8(0) >> 4 !== 4) return undefined;
  return 4 * (bytes.readUInt8(0) & 15);
}

/** RFC 1071. */
function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) {
    sum += bytes.readUInt8(at) * 256 + (at + 1 < bytes.length ? bytes.readUInt8(at + 1) : 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}
