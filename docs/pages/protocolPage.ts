import { readFileSync } from 'node:fs';
import { armedReasons, beatVersions, phases, roles } from '../../src/core/beat.ts';
import { rejections } from '../../src/wire/beatCodec.ts';
import { witnessRejections } from '../../src/wire/witnessCodec.ts';
import { table } from './table.ts';

/** docs/protocol.md: the layout from the comment that the code stands under, and the golden beats of the tests. */
export function protocolPage(): string {
  return `# The protocol

How the two daemons talk. A beat is the state of its sender, not a command: loss, doubling and reordering are harmless.
This page is made by \`npm run docs\` from [src/wire/beatLayout.ts](../src/wire/beatLayout.ts) and from the golden
beats in [test/wire/golden](../test/wire/golden/full.hex), which the codec is tested against; a test runs the check at
the end of this page.

## Transport

One beat is one UDP datagram (port 694 unless the configuration says otherwise; unicast, multicast or broadcast), or
one SLIP frame (RFC 1055, with an END before and behind it) on a serial line. It is never fragmented: at most 1400
bytes. A beat goes out on every channel each keepalive, with the same sequence and the index of the channel under its
signature, and at once when something in it changed.

## Authenticity and freshness

- The last bytes are HMAC-SHA-256 over everything before them, under the key that the beat names; in the short form
  its first half. The signature is compared, in constant time, before any other field is believed.
- All keys of \`authkeys\` are accepted; \`auth\` says which one signs.
- A beat is as old as the beat of the receiver that it echoes, by the receiver's own clock: \`now\` less the time when
  that beat was sent. The two clocks are never compared. An old beat proves no life and withdraws no claim.
- Only a sequence above the highest one of the sender's incarnation is news. Another incarnation counts once it has
  echoed a beat of this receiver. A replayed beat can do neither.
- Beats of an incarnation that has not echoed this receiver make it wait, because a daemon that was started may not hear
  it. Each counts once. Where a daemon of the sender has echoed this receiver before, a beat that echoes an earlier
  incarnation of the receiver is a recording, and ignored; and beats whose sequence grows slower than a daemon beats do
  not count for longer than a few beats each. So a recording wins a few times the time that it took, once.
- No counter of the peer is stored on disk: a machine that was reinstalled, or restored from a backup, is not locked
  out.

What is not believed is counted by channel and reason, and shown by \`hactl status\`: ${rejections.map((reason) => `\`${reason}\``).join(', ')}.

## Layout

\`\`\`
${layout('beatLayout')}
\`\`\`

The numbers of the enumerations, as they travel:

${table(['', 'phase', 'role', 'armed reason'], enumerations())}

Wishes: 0 none, 1 takeover, 2 forced takeover.

## Versions

A beat carries its own version and the highest one that its sender speaks; this build speaks ${beatVersions.oldest} to ${beatVersions.newest}. A node sends
in the highest version that both speak, and in the oldest before its peer has announced anything; a new incarnation of
the peer is spoken to in what it announced from its first beat on, because it may be an older build. A receiver skips
what it does not know: a longer header, longer group records, fields behind the known ones. So the two nodes can be
upgraded, or taken back, one after the other. \`hactl status --json\` shows the version under \`beats\`.

| version | adds | in an older beat |
|---|---|---|
| 1 | | |
| 2 | the sender’s self-fence bound, how many of its ping targets answer, and its time of day, which decides nothing | no bound; the others are not told |

## Test vectors

Cluster \`plone\`, nodes \`node1\` and \`node2\`, groups \`site\` and \`mail\`; node1 sends. Key 7 is the text
\`the new secret of the pair\`.

${vectors.map(({ file, title }) => `### ${title}\n\n\`\`\`hex\n${golden(file)}\n\`\`\`\n`).join('\n')}
## The witness

What the nodes ask the [witness](manual/guards.md#witness), and what it answers: made from
[src/wire/witnessLayout.ts](../src/wire/witnessLayout.ts). One request is one UDP datagram (port 695), and so is its
answer. What is not believed is not answered: ${witnessRejections.map((reason) => `\`${reason}\``).join(', ')}.

\`\`\`
${layout('witnessLayout')}
\`\`\`

## Check them yourself

Saved as \`check.py\`, this reads a vector (\`python3 check.py < full.hex\`), compares the signature and prints the
sequence.

\`\`\`python
${checker}
\`\`\`
`;
}

const vectors = [
  { file: 'full-first.hex', title: 'The first beat of a node without groups' },
  { file: 'full.hex', title: 'One group, in full' },
  { file: 'full-2.hex', title: 'One group, in full, in version 2' },
  { file: 'full-two-groups.hex', title: 'Two groups, one with a latch after a split' },
  { file: 'short.hex', title: 'The short form, for slow serial lines' },
  { file: 'short-2.hex', title: 'The short form in version 2' },
  { file: 'short-latch.hex', title: 'The short form with a latch' },
] as const;

const checker = `import hashlib, hmac, re, sys

text = re.sub(r"#.*", "", sys.stdin.read())
beat = bytes.fromhex("".join(text.split()))
size = 16 if beat[4] == 1 else 32                 # the form says how long the signature is
body, signature = beat[:-size], beat[-size:]
key = b"the new secret of the pair"
assert beat[:2] == b"TB" and beat[5] == 7, "another magic, or another key"
assert hmac.compare_digest(hmac.digest(key, body, hashlib.sha256)[:size], signature), "not signed with this key"
assert beat[7:11] == hashlib.sha256(b"plone").digest()[:4], "another cluster"
print("authentic, sequence", int.from_bytes(beat[29:34], "big"))`;

/** The comment above the table of offsets. */
function layout(file: 'beatLayout' | 'witnessLayout'): string {
  const source = readFileSync(new URL(`../../src/wire/${file}.ts`, import.meta.url), 'utf8');
  const comment = /^\/\*\*\n([^]*?)\n \*\//.exec(source)?.[1];
  if (comment === undefined) throw new Error(`src/wire/${file}.ts does not begin with the layout`);
  return comment.replaceAll(/^ \* ?/gm, '').replaceAll(/^ {4}/gm, '');
}

function golden(file: string): string {
  return readFileSync(new URL(`../../test/wire/golden/${file}`, import.meta.url), 'utf8').trimEnd();
}

function enumerations(): readonly (readonly string[])[] {
  const length = Math.max(phases.length, roles.length, armedReasons.length);
  return Array.from({ length }, (_, index) => [
    String(index),
    phases[index] ?? '',
    roles[index] ?? '',
    armedReasons[index] ?? '',
  ]);
}
