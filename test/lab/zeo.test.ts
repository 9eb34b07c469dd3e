import assert from 'node:assert/strict';
import { test } from 'node:test';

import { patienceMs, until } from '../../lab/clock.ts';
import { ownLab } from '../../lab/forTest.ts';
import { floatingAddress } from '../../lab/topology.ts';
import { prepareZeo } from '../../lab/zeo.ts';

const labTest = ownLab();

test('two that ask for ZEO at once get the same one', { timeout: 300_000 }, async (t) => {
  const [one, other] = await Promise.all([prepareZeo(), prepareZeo()]);
  if (!one.ok) {
    if (process.env['CI'] !== undefined) assert.fail(one.sentence);
    t.skip(one.sentence);
    return;
  }
  assert.deepEqual(one, other);
  assert.match(one.version, /^\d+\.\d+/);
});

labTest('a real ZEO on a host is reached by a real client over the floating address', async (lab, t) => {
  const zeo = await prepareZeo();
  if (!zeo.ok) {
    if (process.env['CI'] !== undefined) assert.fail(zeo.sentence);
    t.skip(zeo.sentence);
    return;
  }
  const { node1, client } = lab;
  await node1.run(['ip', 'addr', 'add', `${floatingAddress}/32`, 'dev', 'eth0']);
  node1.writeFile('/var/lib/site/zeo.conf', zeoConf);
  await node1.start({ name: 'zeo', argv: [zeo.runzeo, '-C', '/var/lib/site/zeo.conf'] });
  await until('ZEO listens', patienceMs, async () => / 00000000:1F90 /.test(await node1.run(['cat', '/proc/net/tcp'])));
  assert.equal((await client.run([zeo.python, '-c', commit])).trim(), '42');
});

const zeoConf = `
<zeo>
  address 0.0.0.0:8080
</zeo>
<filestorage 1>
  path /var/lib/site/Data.fs
</filestorage>
`;

const commit = `
import transaction, ZEO
database = ZEO.DB(("${floatingAddress}", 8080), wait_timeout=5)
connection = database.open()
connection.root()["answer"] = 42
transaction.commit()
connection.close()
print(database.open().root()["answer"])
database.close()`;
