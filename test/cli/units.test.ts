import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type AskUnit, unitConcerns } from '../../src/cli/check/units.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import type { SiteConfig } from '../../src/config/siteConfig.ts';

const yaml = `cluster: plone
nodes: [node1, node2]
channels:
  - udp: { node1: 192.168.80.2, node2: 192.168.80.1 }
`;

function siteWith(haresources: string): SiteConfig {
  const loaded = loadConfig({
    yaml: { file: 'twinbeat.yaml', text: yaml },
    haresources: { file: 'haresources', text: haresources },
    authkeys: undefined,
  });
  assert.ok(loaded.ok);
  return loaded.config;
}

suite('units of systemd that are resources', () => {
  const site = siteWith('node1 192.168.1.50/24 zeo systemd:apache2 systemd:mail\n');
  const says =
    (load: string, file: string): AskUnit =>
    async () =>
      await Promise.resolve({ load, file });

  test('are asked for, and nothing else is; where there is no systemd nothing is said', async () => {
    const asked: string[] = [];
    const ask: AskUnit = async (unit) => {
      asked.push(unit.replace(/\.service$/, ''));
      return await Promise.resolve(undefined);
    };
    assert.deepEqual(await unitConcerns(site, false, ask), []);
    assert.deepEqual(asked, ['apache2', 'mail']);
  });

  test('may be disabled, static or linked', async () => {
    for (const file of ['disabled', 'static', 'linked', 'masked', '']) {
      assert.deepEqual(await unitConcerns(site, false, says('loaded', file)), []);
    }
  });

  test('that systemd starts at boot are named, with what to type', async () => {
    const [first] = await unitConcerns(site, false, says('loaded', 'enabled'));
    assert.match(first?.sentence ?? '', /^systemd starts apache2\S* at boot/);
    assert.match(first?.next ?? '', /^sudo systemctl disable --now apache2/);
  });

  test('are not stopped by that while a daemon runs, which may have started them', async () => {
    const [first] = await unitConcerns(site, true, says('loaded', 'enabled-runtime'));
    assert.match(first?.next ?? '', /^sudo systemctl disable apache2/);
  });

  test('that are not installed are named', async () => {
    const concerns = await unitConcerns(site, false, says('not-found', ''));
    assert.deepEqual(
      concerns.map(({ id }) => id),
      ['unit-missing', 'unit-missing'],
    );
    assert.match(concerns[1]?.sentence ?? '', /no unit mail/);
  });
});
