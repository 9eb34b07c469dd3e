import { randomUUID } from 'node:crypto';
import { closeSync, constants, ftruncateSync, openSync, statfsSync, unlinkSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** The two ends of a file that a program writes its words to. */
export interface OutputFile {
  /** For the program: what it writes comes at the end. */
  readonly writer: number;
  readonly reader: number;
}

/**
 * What several calls write to, one after the other. Where there is no room it goes nowhere: a program that cannot write is
 * wont to fail, and services go on with this file for as long as they run. Throws where nothing can be opened.
 */
export function openKeptOutput(path: string): OutputFile & { readonly isLost: boolean } {
  try {
    if (hasRoom(dirname(path))) return { ...openBoth(path, 0), isLost: false };
  } catch {
    // As good as no room.
  }
  return { ...openBoth('/dev/null', 0), isLost: true };
}

function hasRoom(folder: string): boolean {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize >= roomBytes;
}

/**
 * For one call alone, and gone with it. The words are the answer there, and a status that says nothing says "stopped":
 * where `path` has no room they go where memory is. Throws where there is no room at all.
 */
export function openOutputOfCall(path: string): OutputFile {
  try {
    return openWithRoom(path, 0);
  } catch (error) {
    try {
      // Anybody may write there: the name is a new one, and no link is followed.
      return openWithRoom(`/dev/shm/twinbeat-${randomUUID()}`, constants.O_EXCL);
    } catch {
      throw error;
    }
  }
}

/** Longer answers are rare. */
const roomBytes = 4096;

function openWithRoom(path: string, flags: number): OutputFile {
  const file = openBoth(path, flags);
  try {
    unlinkSync(path);
    if (writeSync(file.writer, Buffer.alloc(roomBytes)) < roomBytes) throw new Error('ENOSPC: hardly any space left');
    ftruncateSync(file.writer);
    return file;
  } catch (error) {
    closeSync(file.writer);
    closeSync(file.reader);
    throw error;
  }
}

function openBoth(path: string, flags: number): OutputFile {
  const writer = openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | flags, 0o600);
  try {
    return { writer, reader: openSync(path, 'r+') };
  } catch (error) {
    closeSync(writer);
    throw error;
  }
}
