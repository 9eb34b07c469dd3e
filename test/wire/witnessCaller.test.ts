import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { WitnessReply } from '../../src/core/witnessWords.ts';
import { WitnessCaller } from '../../src/wire/witnessCaller.ts';
import { createWitnessCodec, unknownStart, type WitnessEnvelope } from '../../src/wire/witnessCodec.ts';
import { pairOptions, reply, request } from './exampleWitness.ts';

const codec = createWitnessCodec(pairOptions);
const start = 'aaaaaaaaaaaaaaaa';

/** A caller, and a witness that answers when the test says so. */
function talk(): {
  readonly caller: WitnessCaller;
  readonly answers: WitnessReply[];
  readonly envelopes: () => readonly WitnessEnvelope[];
  readonly answer: (
    index: number,
    verdict: WitnessReply['verdict'],
    sequence?: number,
    from?: string,
  ) => string | undefined;
} {
  const sent: Uint8Array[] = [];
  let count = 0;
  const caller = new WitnessCaller({
    codec,
    self: 'node1',
    drawNonce: () => (count += 1).toString(16).padStart(16, '0'),
    send: (bytes) => void sent.push(bytes),
  });
  const envelopes = (): readonly WitnessEnvelope[] =>
    sent.map((bytes) => {
      const decoded = codec.decodeRequest(bytes);
      assert.ok(decoded.ok);
      return decoded.envelope;
    });
  return {
    caller,
    answers: [],
    envelopes,
    answer: (index, verdict, sequence = 0, from = start) => {
      const { nonce } = envelopes()[index]!;
      return caller.hear(codec.encodeAnswer({ ...reply, verdict }, { nonce, start: from, sequence }, 1));
    },
  };
}

suite('the asker of a witness', () => {
  test('learns which start it talks to, and asks again at once', () => {
    const { caller, answers, answer, envelopes } = talk();
    caller.ask(request, (said) => answers.push(said));
    assert.equal(envelopes()[0]?.start, unknownStart);
    answer(0, 'again', 17);
    assert.deepEqual([envelopes()[1]?.start, envelopes()[1]?.sequence], [start, 18]);
    answer(1, 'granted', 18);
    assert.deepEqual(
      answers.map(({ verdict }) => verdict),
      ['granted'],
    );
  });

  test('asks again once only', () => {
    const { caller, answers, answer, envelopes } = talk();
    caller.ask(request, (said) => answers.push(said));
    answer(0, 'again');
    answer(1, 'again');
    assert.equal(envelopes().length, 2);
    assert.equal(answers.length, 0);
  });

  test('believes no answer twice, and none that it did not ask for', () => {
    const { caller, answers, answer } = talk();
    caller.ask(request, (said) => answers.push(said));
    assert.equal(answer(0, 'granted'), undefined);
    assert.equal(answer(0, 'granted'), 'not-asked');
    assert.equal(answers.length, 1);
  });

  test('believes no answer after its wait has ended', () => {
    const { caller, answers, answer } = talk();
    const end = caller.ask(request, (said) => answers.push(said));
    end();
    assert.equal(answer(0, 'granted'), 'not-asked');
    assert.equal(answers.length, 0);
  });

  test('counts anew after the witness has restarted', () => {
    const { caller, answer, envelopes } = talk();
    caller.ask(request, () => undefined);
    answer(0, 'again', 900);
    answer(1, 'granted', 901);
    caller.ask(request, () => undefined);
    assert.equal(envelopes()[2]?.sequence, 902);
    answer(2, 'again', 0, 'bbbbbbbbbbbbbbbb');
    assert.deepEqual([envelopes()[3]?.start, envelopes()[3]?.sequence], ['bbbbbbbbbbbbbbbb', 1]);
  });

  test('never grows: of requests that nobody answers the oldest are forgotten', () => {
    const { caller, answers, answer } = talk();
    for (let count = 0; count < 1_000; count += 1) caller.ask(request, (said) => answers.push(said));
    assert.equal(answer(0, 'granted'), 'not-asked');
    assert.equal(answer(999, 'granted'), undefined);
  });
});
