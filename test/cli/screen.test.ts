import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Key } from '../../src/cli/watch/keys.ts';
import { openScreen } from '../../src/cli/watch/screen.ts';

const enter = '\u001b[?1049h';
const leave = '\u001b[?1049l';
const showCursor = '\u001b[?25h';

suite('the screen of hactl watch', () => {
  test('takes the terminal, and gives it back as it was, once', () => {
    const { input, output, screen } = opened();
    assert.equal(input.isRaw, true);
    assert(output.text.startsWith(enter));
    screen.close();
    screen.close();
    assert.equal(input.isRaw, false);
    assert.equal(input.isPaused, true);
    assert(output.text.endsWith(leave) && output.text.includes(showCursor));
    assert.equal(output.text.split(leave).length, 2);
    assert.equal(output.listenerCount('resize') + input.listenerCount('data'), 0);
  });

  test('gives the terminal back also when the program ends in the middle', () => {
    const before = process.listeners('exit');
    const { input, output, screen } = opened();
    const [added] = process.listeners('exit').filter((listener) => !before.includes(listener));
    added?.(1);
    assert.equal(input.isRaw, false);
    assert(output.text.endsWith(leave));
    screen.close();
    assert.deepEqual(process.listeners('exit'), before);
  });

  test('paints over what was there: from the top, each line to its end, and what is below', () => {
    const { output, screen } = opened();
    output.text = '';
    screen.draw(['one', 'two']);
    assert.equal(output.text, '\u001b[Hone\u001b[K\r\ntwo\u001b[K\u001b[J');
    screen.close();
  });

  test('leaves a picture out that the terminal has no room for yet', () => {
    const { output, screen } = opened();
    output.writableLength = 5000;
    output.text = '';
    screen.draw(['late']);
    assert.equal(output.text, '');
    output.writableLength = 0;
    screen.draw(['next']);
    assert.match(output.text, /next/);
    screen.close();
  });

  test('hands on keys and sizes; a serial console that says 0 by 0 is 80 by 24', () => {
    const { input, output, screen, keys, resizes } = opened();
    input.emit('data', Buffer.from('jq'));
    output.columns = 0;
    output.rows = 0;
    output.emit('resize');
    assert.deepEqual(keys, ['down', 'quit']);
    assert.equal(resizes(), 1);
    assert.deepEqual([screen.columns, screen.rows], [80, 24]);
    screen.close();
  });

  test('is taken again at once where there is no shell that Ctrl-Z could go back to', async () => {
    const screen = fileURLToPath(new URL('../../src/cli/watch/screen.ts', import.meta.url));
    const program = `
      import { EventEmitter } from 'node:events';
      import { openScreen } from ${JSON.stringify(screen)};
      const input = Object.assign(new EventEmitter(), {
        isTTY: true,
        setRawMode: (isRaw) => process.stdout.write(isRaw ? 'raw ' : 'cooked '),
        resume: () => undefined,
      });
      const output = Object.assign(new EventEmitter(), { write: () => true });
      openScreen(input, output, { onKey: () => undefined, onResize: () => process.stdout.write('drawn ') });
      input.emit('data', Buffer.from('\\u001a'));
      setTimeout(() => process.exit(), 1000);
    `;
    // The first of its own session, as a command that ssh runs: the kernel stops nothing that nobody could continue.
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { detached: true });
    let said = '';
    child.stdout.on('data', (bytes: Buffer) => {
      said += bytes.toString();
    });
    await once(child, 'close');
    assert.match(said, /^raw cooked raw drawn /);
  });

  test('without a terminal for input reads none', () => {
    const { input, screen } = opened(false);
    assert.equal(input.isRaw, undefined);
    assert.equal(input.listenerCount('data'), 0);
    screen.close();
  });
});

class FakeInput extends EventEmitter {
  readonly isTTY: boolean;
  isRaw: boolean | undefined;
  isPaused: boolean | undefined;

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  setRawMode(isRaw: boolean): this {
    this.isRaw = isRaw;
    return this;
  }

  resume(): this {
    this.isPaused = false;
    return this;
  }

  pause(): this {
    this.isPaused = true;
    return this;
  }
}

class FakeOutput extends EventEmitter {
  columns = 80;
  rows = 25;
  writableLength = 0;
  text = '';

  write(text: string): boolean {
    this.text += text;
    return true;
  }
}

function opened(isTTY = true): {
  readonly input: FakeInput;
  readonly output: FakeOutput;
  readonly screen: ReturnType<typeof openScreen>;
  readonly keys: readonly Key[];
  readonly resizes: () => number;
} {
  const input = new FakeInput(isTTY);
  const output = new FakeOutput();
  const keys: Key[] = [];
  let resizes = 0;
  const screen = openScreen(input as never, output as never, {
    onKey: (key) => keys.push(key),
    onResize: () => {
      resizes += 1;
    },
  });
  return { input, output, screen, keys, resizes: () => resizes };
}
