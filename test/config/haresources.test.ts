import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import { good, goodYaml, problemsOf, warningsOf } from './fixtures.ts';

const yaml = goodYaml.replace(/^groups:\n.*\n/m, '');

/** `name node word word` of each group. */
function groupsOf(haresources: string): readonly string[] {
  return good({ yaml, haresources }).groups.map(({ name, preferred, resources }) =>
    [name, preferred, ...resources.map((resource) => resource.name)].join(' '),
  );
}

const read: ReadonlyArray<{ readonly name: string; readonly text: string; readonly groups: readonly string[] }> = [
  { name: 'one line', text: 'node1 10.0.0.1 zeo\n', groups: ['zeo node1 10.0.0.1 zeo'] },
  { name: 'no end of line at the end', text: 'node1 10.0.0.1 zeo', groups: ['zeo node1 10.0.0.1 zeo'] },
  { name: 'comments and blank lines', text: '# a\n\nnode1 10.0.0.1 # b\n \t\n', groups: ['10-0-0-1 node1 10.0.0.1'] },
  { name: 'tabs between words', text: 'node1\t10.0.0.1\t \tzeo\n', groups: ['zeo node1 10.0.0.1 zeo'] },
  {
    name: 'a node in capitals, as the classic parser did',
    text: 'NODE1 10.0.0.1\n',
    groups: ['10-0-0-1 node1 10.0.0.1'],
  },
  {
    name: 'several lines of one node',
    text: 'node1 10.0.0.1 zeo\nnode1 10.0.0.2 apache\n',
    groups: ['zeo node1 10.0.0.1 zeo', 'apache node1 10.0.0.2 apache'],
  },
  {
    name: 'a continued line',
    text: 'node1 10.0.0.1 \\\n  zeo::a \\\n  zeo::b\n',
    groups: ['zeo node1 10.0.0.1 zeo::a zeo::b'],
  },
  {
    name: 'a comment on a continued line',
    text: 'node1 10.0.0.1 \\\n  zeo \\ # the server\n  apache # the proxy\n',
    groups: ['apache node1 10.0.0.1 zeo apache'],
  },
  {
    name: 'a line of comment between continued lines',
    text: 'node1 10.0.0.1 \\\n  # the server\n  zeo\n',
    groups: ['zeo node1 10.0.0.1 zeo'],
  },
  { name: 'blanks behind the backslash', text: 'node1 10.0.0.1 \\  \n  zeo\n', groups: ['zeo node1 10.0.0.1 zeo'] },
  { name: 'no blank before the backslash', text: 'node1 10.0.0.1\\\nzeo\n', groups: ['zeo node1 10.0.0.1 zeo'] },
  {
    name: 'a blank line behind a backslash',
    text: 'node1 10.0.0.1 zeo \\\n\nnode2 10.0.0.2 apache\n',
    groups: ['zeo node1 10.0.0.1 zeo', 'apache node2 10.0.0.2 apache'],
  },
  {
    name: 'a name in the comment above',
    text: '# group: site\nnode1 10.0.0.1 zeo\n',
    groups: ['site node1 10.0.0.1 zeo'],
  },
  {
    name: 'a name, and more comments',
    text: '#group:site\n# owned by the web team\n\nnode1 10.0.0.1 zeo\n',
    groups: ['site node1 10.0.0.1 zeo'],
  },
  {
    name: 'names that keep two lines apart',
    text: '# group: a\nnode1 10.0.0.1 zeo::a\n# group: b\nnode2 10.0.0.2 zeo::b\n',
    groups: ['a node1 10.0.0.1 zeo::a', 'b node2 10.0.0.2 zeo::b'],
  },
  {
    name: 'a name after the last service, not the mail',
    text: 'node1 10.0.0.1 Filesystem::/dev/sdb::/srv mysql MailTo::root\n',
    groups: ['mysql node1 10.0.0.1 Filesystem::/dev/sdb::/srv mysql MailTo::root'],
  },
  {
    name: 'a name after a unit',
    text: 'node1 10.0.0.1 systemd:Nginx.service\n',
    groups: ['nginx node1 10.0.0.1 systemd:Nginx.service'],
  },
  {
    name: 'a name after an agent',
    text: 'node1 ocf:heartbeat:Filesystem::device=/dev/sdb\n',
    groups: ['filesystem node1 ocf:heartbeat:Filesystem::device=/dev/sdb'],
  },
  {
    name: 'the same mail for two groups',
    text: 'node1 10.0.0.1 a MailTo::root\nnode2 10.0.0.2 b MailTo::root\n',
    groups: ['a node1 10.0.0.1 a MailTo::root', 'b node2 10.0.0.2 b MailTo::root'],
  },
];

suite('haresources is read:', () => {
  for (const { name, text, groups } of read) {
    test(name, () => {
      assert.deepEqual(groupsOf(text), groups);
      assert.deepEqual(warningsOf({ yaml, haresources: text }), []);
    });
  }
});

const refused: ReadonlyArray<{ readonly name: string; readonly text: string; readonly says: readonly string[] }> = [
  {
    name: 'an unknown node',
    text: 'node3 10.0.0.1\n',
    says: ['1:1: "node3" is not one of the nodes node1, node2; did you mean "node1"?'],
  },
  {
    name: 'a forgotten backslash',
    text: 'node1 10.0.0.1\n  zeo::a apache\n',
    says: ['2:3: "zeo::a" is not one of the nodes node1, node2'],
  },
  {
    name: 'a node without resources',
    text: 'node1\n',
    says: ['1:1: nothing stands behind "node1": a line is a node and what it holds'],
  },
  {
    name: 'a backslash on the last line',
    text: 'node1 10.0.0.1 \\',
    says: ['1:16: the last line ends in "\\", and nothing follows'],
  },
  {
    name: 'a comment inside a word',
    text: 'node1 10.0.0.1 zeo::a#b\n',
    says: ['1:22: a "#" inside a word: a comment begins after a blank, and an argument cannot hold one'],
  },
  {
    name: 'quotes',
    text: 'node1 10.0.0.1 zeo::"a b"\n',
    says: [
      '1:21: " means nothing here: nothing is quoted or escaped, and no argument can hold a blank',
      '1:25: " means nothing here: nothing is quoted or escaped, and no argument can hold a blank',
    ],
  },
  {
    name: 'a backslash inside a word',
    text: 'node1 10.0.0.1 zeo::a\\b\n',
    says: ['1:22: \\ means nothing here: nothing is quoted or escaped, and no argument can hold a blank'],
  },
  {
    name: 'a no-break space',
    text: 'node1 10.0.0.1\u00a0zeo\n',
    says: ['1:15: character U+00A0: this character does not print, or looks like a blank and is none'],
  },
  {
    name: 'a letter beyond ASCII',
    text: 'node1 10.0.0.1 zeo::münchen\n',
    says: ['1:22: character U+00FC: words are plain ASCII'],
  },
  {
    name: 'an escape sequence',
    text: 'node1 10.0.0.1 zeo::\u001b[2J\n',
    says: ['1:21: character U+001B: this character does not print, or looks like a blank and is none'],
  },
  {
    name: 'an address twice',
    text: 'node1 10.0.0.1 a\nnode2 10.0.0.1/24 b\n',
    says: ['2:7: 10.0.0.1 is there already, in line 1: a resource belongs to one group, once'],
  },
  {
    name: 'the same line for both nodes',
    text: 'node1 10.0.0.1 zeo\nnode2 10.0.0.1 zeo\n',
    says: [
      '2:1: line 1 is the group "zeo" already',
      '2:7: 10.0.0.1 is there already, in line 1: a resource belongs to one group, once',
      '2:16: zeo is there already, in line 1: a resource belongs to one group, once',
    ],
  },
  {
    name: 'a resource twice in a line',
    text: 'node1 10.0.0.1 zeo zeo\n',
    says: ['1:20: zeo is there already, earlier in the line: a resource belongs to one group, once'],
  },
  {
    name: 'the mail twice in a line',
    text: 'node1 10.0.0.1 zeo MailTo::a MailTo::a\n',
    says: ['1:30: MailTo::a is there already, earlier in the line: a resource belongs to one group, once'],
  },
  {
    name: 'two lines of one name',
    text: 'node1 10.0.0.1 zeo::a\nnode2 10.0.0.2 zeo::b\n',
    says: ['2:1: line 1 is the group "zeo" already'],
  },
  {
    name: 'two comments of one name',
    text: '# group: a\nnode1 10.0.0.1 b\n# group: a\nnode1 10.0.0.2 c\n',
    says: ['3:10: line 2 is the group "a" already'],
  },
  {
    name: 'a name with a blank',
    text: '# group: the site\nnode1 10.0.0.1\n',
    says: ['1:10: the name of a group is 1 to 32 lower-case letters, digits and "-"'],
  },
  {
    name: 'an empty name',
    text: '# group:\nnode1 10.0.0.1\n',
    says: ['1:9: the name of a group is 1 to 32 lower-case letters, digits and "-"'],
  },
  {
    name: 'a name without a line',
    text: 'node1 10.0.0.1\n# group: site\n',
    says: ['2:10: no line follows that "site" would name'],
  },
  {
    name: 'two names for one line',
    text: '# group: a\n# group: b\nnode1 10.0.0.1\n',
    says: ['1:10: no line follows that "a" would name'],
  },
  {
    name: 'a name behind its line',
    text: 'node1 10.0.0.1 zeo # group: site\n',
    says: ['1:20: the name of a group stands on a line of its own, above the line that it names'],
  },
  {
    name: "a node's own address",
    text: 'node1 192.168.1.10/24/eth0\n',
    says: ["1:7: this address is node1's own, on channel lan"],
  },
];

suite('haresources is refused:', () => {
  for (const { name, text, says } of refused) {
    test(name, () => {
      const found = problemsOf({ yaml, haresources: text }).map((problem) => problem.replace(/^haresources:/, ''));
      assert.deepEqual([...found].sort(), [...says].sort());
    });
  }

  test('with thirty-one groups', () => {
    const text = Array.from({ length: 31 }, (_, index) => `node1 10.0.0.${index + 1}\n`).join('');
    assert.deepEqual(problemsOf({ yaml, haresources: text }), ['haresources:31:1: a pair has at most 30 groups']);
  });

  test('with a word beyond all reason', () => {
    assert.deepEqual(problemsOf({ yaml, haresources: `node1 zeo::${'a'.repeat(600)}\n` }), [
      'haresources:1:7: a word is at most 512 characters long',
    ]);
  });

  test('and says no more than fifty problems and how many more there are', () => {
    const found = problemsOf({ yaml, haresources: 'node9 zeo\n'.repeat(60) });
    assert.equal(found.length, 51);
    assert.match(found.at(-1) ?? '', /and \d+ more problems$/);
  });
});
