/** What an error of a serial device means to the operator, and what he can do. serialport gives texts, not codes. */
export function serialProblem(message: string, device: string): string {
  if (message.includes('Cannot lock')) return `${device} is in use: fuser -v ${device} names the program to stop`;
  if (message.includes('No such file')) return `${device} is not there: plug the adapter in, or correct the channel`;
  if (message.includes('Permission denied')) {
    return `no right to open ${device}: add the daemon's user to the group that ls -l ${device} shows`;
  }
  if (message.includes('Inappropriate ioctl') || message.includes('Is a directory')) {
    return `${device} is not a serial device: correct the channel`;
  }
  if (isGone(message)) return `${device} does not answer: the port does not exist, or its adapter or far end is gone`;
  return `${device}: ${message.replace(/^Error:? /, '')}`;
}

/** The open device has vanished: unplugged, or hung up by the kernel. */
export function isGone(message: string): boolean {
  return /input\/output error|no such device|bad file descriptor|\bEIO\b|\bENXIO\b|\bENODEV\b|\bEBADF\b/i.test(message);
}
