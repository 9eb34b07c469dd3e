import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import type { Request, Verb } from '../../src/control/controlProtocol.ts';
import { parseRequest } from '../../src/control/parseRequest.ts';

/** One full request of each verb. */
const full: { readonly [V in Verb]: Extract<Request, { readonly verb: V }> } = {
  status: { verb: 'status' },
  watch: { verb: 'watch' },
  events: { verb: 'events', since: '2026-11-20T12:03:11.250+01:00', follow: true, limit: 10_000 },
  snapshot: { verb: 'snapshot' },
  recording: { verb: 'recording' },
  takeover: { verb: 'takeover', groups: ['site', 'grüße'], force: true, reason: 'disk', dryRun: true, wait: false },
  release: { verb: 'release', groups: [], force: false, reason: 'kernel upgrade', dryRun: false, wait: true },
  'confirm-dead': { verb: 'confirm-dead', node: 'node1', reason: 'I pulled the plug', force: true },
  'confirm-stopped': { verb: 'confirm-stopped', group: 'site', reason: 'looked with ps' },
  ack: { verb: 'ack', group: 'site' },
  note: { verb: 'note', sentence: 'the drill took 0.3 s' },
  reload: { verb: 'reload' },
  maintenance: { verb: 'maintenance', groups: ['site'], on: true, reason: 'new disks' },
  standby: { verb: 'standby', force: true, reason: 'kernel upgrade', wait: true },
  online: { verb: 'online' },
  resource: { verb: 'resource', action: 'restart', group: 'site', resource: 'zeo::/opt/zope/instance0', wait: true },
  'sync-begin': { verb: 'sync-begin', group: 'site', rewrites: true },
  'sync-end': { verb: 'sync-end', group: 'site' },
};

suite('parseRequest', () => {
  for (const request of Object.values(full)) {
    test(`${request.verb} with every option comes through unchanged`, () => {
      assert.deepEqual(parseRequest(JSON.parse(JSON.stringify(request))), { ok: true, request });
    });
  }

  const cases: ReadonlyArray<{ name: string; value: unknown; says: string }> = [
    { name: 'no object', value: 'status', says: 'a request is one JSON object with a verb' },
    { name: 'null', value: null, says: 'a request is one JSON object with a verb' },
    { name: 'a list', value: [{ verb: 'status' }], says: 'a request is one JSON object with a verb' },
    { name: 'no verb', value: {}, says: 'a request is one JSON object with a verb' },
    { name: 'a verb that is no text', value: { verb: 7 }, says: 'a request is one JSON object with a verb' },
    { name: 'an unknown verb', value: { verb: 'reboot' }, says: 'this daemon does not know the verb "reboot"' },
    {
      name: 'a verb that every object has',
      value: { verb: 'constructor' },
      says: 'this daemon does not know the verb "constructor"',
    },
    {
      name: 'a long unknown verb',
      value: { verb: 'x'.repeat(5000) },
      says: `this daemon does not know the verb "${'x'.repeat(40)}..."`,
    },
    {
      name: 'an option of a newer hactl',
      value: { verb: 'takeover', groups: [], gently: true },
      says: 'takeover does not know the option "gently"',
    },
    {
      name: 'a prototype as an option',
      value: JSON.parse('{"verb":"status","__proto__":{"force":true}}'),
      says: 'status does not know the option "__proto__"',
    },
    {
      name: 'a maintenance that says neither on nor off',
      value: { verb: 'maintenance', groups: [] },
      says: 'maintenance needs on',
    },
    {
      name: 'a maintenance that is half on',
      value: { verb: 'maintenance', groups: [], on: 'on' },
      says: 'maintenance: on must be true or false',
    },
    {
      name: 'something that nobody does with a resource',
      value: { verb: 'resource', action: 'explode', group: 'site', resource: 'zeo' },
      says: 'resource: action must be one of start, stop, restart, cleanup',
    },
    {
      name: 'no resource',
      value: { verb: 'resource', action: 'start', group: 'site' },
      says: 'resource needs resource',
    },
    {
      name: 'a forced standby without a reason',
      value: { verb: 'standby', force: true },
      says: 'standby: force needs a reason, which is kept in the journal',
    },
    { name: 'no groups', value: { verb: 'takeover' }, says: 'takeover needs groups' },
    {
      name: 'one group that is no name',
      value: { verb: 'release', groups: ['site', 1] },
      says: 'release: groups has no name in place 2: must be a name',
    },
    {
      name: 'too many groups',
      value: { verb: 'takeover', groups: Array.from({ length: 257 }, () => 'g') },
      says: 'takeover: groups must have at most 256 names',
    },
    {
      name: 'a force that is no flag',
      value: { verb: 'takeover', groups: [], force: 'yes' },
      says: 'takeover: force must be true or false',
    },
    {
      name: 'a force without a reason',
      value: { verb: 'takeover', groups: ['site'], force: true },
      says: 'takeover: force needs a reason, which is kept in the journal',
    },
    {
      name: 'an empty reason',
      value: { verb: 'confirm-dead', node: 'node1', reason: '  ' },
      says: 'confirm-dead: reason must be a sentence',
    },
    {
      name: 'a reason that would forge a line of the journal',
      value: { verb: 'confirm-stopped', group: 'site', reason: 'gone\nnode2 active' },
      says: 'confirm-stopped: reason must be one line of text',
    },
    {
      name: 'a name that turns the direction of text',
      value: { verb: 'sync-end', group: 'a\u202eb' },
      says: 'sync-end: group must be one line of text',
    },
    {
      name: 'half a character',
      value: { verb: 'sync-end', group: 'a\ud800' },
      says: 'sync-end: group must be one line of text',
    },
    {
      name: 'a long reason',
      value: { verb: 'confirm-dead', node: 'node1', reason: 'x'.repeat(501) },
      says: 'confirm-dead: reason must have at most 500 characters',
    },
    {
      name: 'a time without a zone',
      value: { verb: 'events', since: '2026-11-20 12:03' },
      says: 'events: since must be a time like 2026-11-20T12:03:11Z',
    },
    {
      name: 'a month that does not exist',
      value: { verb: 'events', since: '2026-13-20T12:03:11Z' },
      says: 'events: since must be a time like 2026-11-20T12:03:11Z',
    },
    {
      name: 'a limit of zero',
      value: { verb: 'events', limit: 0 },
      says: 'events: limit must be a whole number from 1 to 10000',
    },
    {
      name: 'an infinite limit',
      value: JSON.parse('{"verb":"events","limit":1e999}'),
      says: 'events: limit must be a whole number from 1 to 10000',
    },
  ];
  for (const { name, value, says } of cases) {
    test(`refuses with a sentence: ${name}`, () => {
      assert.deepEqual(parseRequest(value), { ok: false, sentence: says });
    });
  }

  test('nothing that JSON can say makes it throw, and what it refuses it says in one short line', () => {
    const verb = fc.constantFrom<unknown>(...Object.keys(full), 'toString', 7, null);
    const key = fc.constantFrom(
      'groups',
      'node',
      'group',
      'reason',
      'force',
      'since',
      'limit',
      'rewrites',
      '__proto__',
    );
    const hostile = fc
      .tuple(verb, fc.dictionary(key, fc.jsonValue()))
      .map(([name, options]) => ({ ...options, verb: name }));
    fc.assert(
      fc.property(fc.oneof(hostile, fc.jsonValue()), (value) => {
        const parsed = parseRequest(value);
        if (parsed.ok) return;
        assert(parsed.sentence.length < 200 && !parsed.sentence.includes('\n'), parsed.sentence);
      }),
      { numRuns: 3000 },
    );
  });
});
