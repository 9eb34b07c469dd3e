import assert from 'node:assert/strict';
import { dirname, join } from 'node:path/posix';
import { suite, test } from 'node:test';

import { importProblems } from './tidy/importTable.ts';
import { codeOf, exists, read, type Source, sources } from './tidy/sources.ts';

const linesMax = 400;
const lock = 'package-lock.json';

/** What the core and the engine must not touch: time is a field of the event, and nothing waits. */
const impure = /\b(Date|performance|setTimeout|setInterval|setImmediate|process|Promise|async|await|Math\.random)\b/;
const sayNothing = /(^|\/)(utils?|helpers?|managers?|misc|common)(\.test)?\.ts$/;
const camelCase = /(^|\/)[a-z][a-zA-Z0-9]*(\.test)?\.ts$/;
const reminders = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'].join('|')})\\b`);
const offOrAlone = /\b(test|it|suite|describe)\.(only|skip|todo)\b|\b(only|todo): *true/;
const machinePath = /(?<![\w.$}/-])\/(home|Users|root|work)\/[\w.]/;

const code = sources(/\.ts$/);
const src = code.filter((file) => file.path.startsWith('src/'));
const pages = sources(/\.md$/);

suite('the sources are tidy:', () => {
  test('each folder of src imports only what the table allows', () => {
    expectNone(src.flatMap(importProblems));
  });

  test('the core and the engine know no clock, no promise and no process', () => {
    const pure = src.filter((file) => /^src\/(core|engine)\//.test(file.path));
    assert.ok(pure.length > 0, 'src/core is empty');
    expectNone(
      pure.flatMap((file) =>
        linesWith(
          impure,
          { path: file.path, text: codeOf(file.text) },
          'time and answers come as events, see ports.ts',
        ),
      ),
    );
  });

  test(`no file is longer than ${linesMax} lines`, () => {
    const long = code.filter((file) => lineCount(file) > linesMax);
    expectNone(long.map((file) => `${file.path}: ${lineCount(file)} lines; split it by question, not by event`));
  });

  test('file names are camelCase and say what is inside', () => {
    const bad = code.filter((file) => sayNothing.test(file.path) || !camelCase.test(file.path));
    expectNone(bad.map((file) => `${file.path}: name it after what it does, in camelCase`));
  });

  test('no reminder is left behind, and no test is switched off or runs alone', () => {
    expectNone([
      ...code.flatMap((file) => linesWith(reminders, file, 'do it, or open an issue')),
      ...code
        .filter((file) => file.path.endsWith('.test.ts'))
        .flatMap((file) =>
          linesWith(
            offOrAlone,
            { path: file.path, text: codeOf(file.text) },
            'use t.skip(reason) when a part is missing',
          ),
        ),
    ]);
  });

  test('no path of one machine is in a file', () => {
    const files = [...code, ...pages, ...sources(/\.(json|sh|yaml|txt)$/).filter((file) => file.path !== lock)];
    expectNone(files.flatMap((file) => linesWith(machinePath, file, 'use a path relative to the file, or a temp dir')));
  });
});

suite('the documents are tidy:', () => {
  test('every relative link leads to a file, and to a heading of it', () => {
    expectNone(pages.flatMap(deadLinks));
  });
});

suite('the packages are tidy:', () => {
  test('the compiler refuses syntax that Node cannot strip', () => {
    assert.match(read('tsconfig.json').text, /"erasableSyntaxOnly": true/);
  });

  test('every version is exact, because npm drops platform packages silently from a looser lock', () => {
    const manifest = JSON.parse(read('package.json').text) as Record<string, Record<string, string> | undefined>;
    const versions = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((kind) =>
      Object.entries(manifest[kind] ?? {}),
    );
    assert.ok(versions.length > 0);
    const loose = versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version));
    expectNone(loose.map(([name, version]) => `package.json: ${name} is ${version}; install it with npm i -E`));
  });

  test('the lock names no registry', () => {
    expectNone(linesWith(/"resolved":/, read(lock), 'keep omit-lockfile-registry-resolved=true in .npmrc'));
  });
});

suite('tidy can fail:', () => {
  const reported: readonly (readonly [string, string, boolean])[] = [
    ['src/core/a.ts', "import { b } from './b.ts';", false],
    ['src/core/a.ts', "import type { B } from '../engine/b.ts';", true],
    ['src/core/a.ts', "import {\n  b,\n} from 'node:fs';", true],
    ['src/core/a.ts', "// import { b } from 'node:fs';", false],
    ['src/engine/a.ts', "export * from '../daemon/b.ts';", true],
    ['src/adapters/a.ts', "import type { Channel } from '../engine/ports.ts';", false],
    ['src/adapters/a.ts', "import type { Engine } from '../engine/engine.ts';", true],
    ['src/adapters/udp/a.ts', "import { b } from './b.ts';", false],
    ['src/adapters/udp/a.ts', "import { b } from '../serial/b.ts';", true],
    ['src/cli/a.ts', "const b = await import('execa');", true],
    ['src/nowhere/a.ts', '', true],
  ];
  for (const [path, text, isProblem] of reported) {
    test(`${path} with ${JSON.stringify(text)} is ${isProblem ? 'reported' : 'fine'}`, () => {
      assert.equal(importProblems({ path, text }).length > 0, isProblem);
    });
  }

  test('a clock in code is found, one in a comment or a sentence is not', () => {
    assert.match(codeOf('const a = `x ${Date.now()}`;'), impure);
    assert.doesNotMatch(codeOf("/* Date */ const a = 'await'; // process\nconst b = `the process`;"), impure);
  });

  test('a dead link and a dead anchor are found', () => {
    const text =
      '[a](nowhere.md) [b](../CONTRIBUTING.md#no-such-heading) [c](../CONTRIBUTING.md) [d](https://example.org/x.md)';
    assert.equal(deadLinks({ path: 'docs/x.md', text }).length, 2);
  });
});

function expectNone(problems: readonly string[]): void {
  assert.ok(problems.length === 0, `\n${problems.join('\n')}`);
}

function linesWith(pattern: RegExp, file: Source, advice: string): readonly string[] {
  return file.text.split('\n').flatMap((line, index) => {
    const match = pattern.exec(line);
    return match === null ? [] : [`${file.path}:${index + 1}: '${match[0]}': ${advice}`];
  });
}

function lineCount(file: Source): number {
  return file.text.split('\n').length - 1;
}

function deadLinks(page: Source): readonly string[] {
  const links = [...page.text.replaceAll(/```[^]*?```/g, '').matchAll(/\]\(([^)\s]+)\)/g)].map(
    (match) => match[1] ?? '',
  );
  return links.flatMap((link) => {
    if (/^[a-z]+:/.test(link)) return [];
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? page.path : join(dirname(page.path), path);
    if (!exists(target)) return [`${page.path}: link to ${link}: there is no ${target}`];
    if (anchor === undefined || !target.endsWith('.md') || headings(target).includes(anchor)) return [];
    return [`${page.path}: link to ${link}: ${target} has no such heading`];
  });
}

/** The anchors of a page, as code hosts spell them. */
function headings(path: string): readonly string[] {
  return [...read(path).text.matchAll(/^#+ +(.+)$/gm)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(/\s/g, '-'),
  );
}
