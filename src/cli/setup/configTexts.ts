import type { Answers, ChannelAnswer, ForNodes } from './answers.ts';

/** The text of `twinbeat.yaml`: whatever was answered, it is one entry each and nothing else. */
export function yamlText({ cluster, nodes, channels }: Answers): string {
  return [
    '# The same file on both nodes. hactl check reads it and says what is wrong.',
    `cluster: ${scalar(cluster)}`,
    `nodes: [${nodes.map((node) => scalar(node)).join(', ')}]`,
    '',
    '# Each is a way between the nodes. Two that share no switch, cable or card are the least.',
    'channels:',
    ...channels.flatMap((channel) => entryOf(channel, nodes)),
    '',
    '# What is left out follows from the rest: twinbeat.yaml(5).',
    '# timing: { keepalive: 500ms, warntime: 3s, deadtime: 10s, initdead: 60s }',
    '',
  ].join('\n');
}

/** The text of `haresources`: one line, or none yet. */
export function haresourcesText({ nodes, address, resources }: Answers): string {
  const words = [nodes[0], ...(address === undefined ? [] : [address]), ...resources];
  return [
    '# The same file on both nodes. One line is one group: what moves together.',
    '# node resource resource ...        started left to right, stopped right to left',
    words.length === 1 ? `# ${nodes[0]} 192.168.1.50/24/eth0 SERVICE::ARGUMENT` : words.join(' '),
    '',
  ].join('\n');
}

function entryOf(channel: ChannelAnswer, nodes: readonly [string, string]): readonly string[] {
  const name = channel.name === undefined ? [] : [`    name: ${scalar(channel.name)}`];
  return [`  - ${channel.type}: { ${fieldsOf(channel, nodes)} }`, ...name];
}

function fieldsOf(channel: ChannelAnswer, nodes: readonly [string, string]): string {
  switch (channel.type) {
    case 'udp':
      return nodes.map((node, index) => `${scalar(node)}: ${scalar(channel.addresses[index] ?? '')}`).join(', ');
    case 'broadcast':
      return `interface: ${forNodes(channel.interfaces, nodes)}`;
    case 'multicast':
      return `interface: ${forNodes(channel.interfaces, nodes)}, group: ${scalar(channel.group)}`;
    case 'serial':
      return `device: ${forNodes(channel.devices, nodes)}, baud: ${scalar(channel.baud, true)}`;
  }
}

function forNodes([one, other]: ForNodes, nodes: readonly [string, string]): string {
  if (other === undefined || other === one) return scalar(one);
  return `{ ${scalar(nodes[0])}: ${scalar(one)}, ${scalar(nodes[1])}: ${scalar(other)} }`;
}

/** A text that YAML takes for that text: quoted where it could be a number, a list or the end of the entry. */
function scalar(text: string, isNumber = false): string {
  const isPlain = isNumber ? /^\d+$/.test(text) : /^[A-Za-z/][A-Za-z0-9._/-]*$|^\d+\.\d+\.\d+\.\d+$/.test(text);
  return isPlain && !/^(null|true|false)$/i.test(text) ? text : JSON.stringify(text);
}
