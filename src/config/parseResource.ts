import { isUnicast, parseIp } from './ipAddress.ts';
import type { Means } from './means.ts';
import { parseAddress } from './parseAddress.ts';

/** `at` counts the characters of the word before the place that is wrong. */
export interface WordProblem {
  readonly at: number;
  readonly message: string;
  readonly next?: string;
}

/** Scripts of Heartbeat whose one argument is an address, and may hold `::`. */
const addressScripts: readonly string[] = ['IPaddr', 'IPaddr2', 'IPv6addr'];

/** What one word of a line of haresources means, or what is wrong with it. */
export function parseResource(word: string): Means | WordProblem {
  if (/^\d+\.\d[\d.]*(\/|$)/.test(word) || isIpv6Shorthand(word)) return parseAddress(word, 0);
  if (word.startsWith('ocf:')) return parseOcf(word);
  if (word.startsWith('systemd:')) return parseSystemd(word);
  const [script = '', ...args] = word.split('::');
  if (addressScripts.includes(script)) {
    const from = script.length + 2;
    if (word.length > from) return parseAddress(word.slice(from), from);
    return { at: 0, message: `${script} needs an address`, next: `${script}::192.168.1.50/24/eth0` };
  }
  const wrong = scriptProblem(word, script);
  if (wrong !== undefined) return wrong;
  const empty = args.indexOf('');
  if (empty === -1) return { kind: 'script', script, args };
  const at = [script, ...args.slice(0, empty)].join('::').length;
  return { at, message: 'an argument is empty: write what it shall be, or one "::" only' };
}

/**
 * `fd00::10/64` could be a script `fd00` with an argument: it is an address when it is one that a machine can
 * have in a LAN (2000::/3, fc00::/7, fe80::/10), which leaves `db2::1` a script.
 */
function isIpv6Shorthand(word: string): boolean {
  const ip = parseIp(word.split('/')[0] ?? '');
  if (ip === undefined || ip.family !== 6 || !isUnicast(ip)) return false;
  const first = Number(ip.bits >> 112n);
  return (
    (first >= 0x2000 && first <= 0x3fff) || (first >= 0xfc00 && first <= 0xfdff) || (first >= 0xfe80 && first <= 0xfebf)
  );
}

function scriptProblem(word: string, script: string): WordProblem | undefined {
  if (script === 'OCF') {
    return { at: 0, message: 'OCF:: took its parameters from files', next: 'write ocf:heartbeat:TYPE::name=value' };
  }
  if (/^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/.test(script)) return undefined;
  if (/^(lsb|service):[^:]/.test(word)) {
    return {
      at: 0,
      message: `${script} is no resource`,
      next: `write ${script.replace(/^\w+:/, '')} for a script of /etc/init.d`,
    };
  }
  if (script.includes('/')) {
    const message = 'a script is named without its folder; it is looked for in resource.d and /etc/init.d';
    return { at: script.indexOf('/'), message };
  }
  const at = script.search(/[^A-Za-z0-9._+-]/);
  const next = script.includes(':') ? 'arguments are parted by "::"' : undefined;
  const message = `${JSON.stringify(script)} is neither an address nor the name of a script`;
  return next === undefined ? { at: Math.max(0, at), message } : { at: Math.max(0, at), message, next };
}

const ocfExample = 'ocf:heartbeat:Filesystem::device=/dev/sdb1::directory=/srv';

function parseOcf(word: string): Means | WordProblem {
  const [head = '', ...settings] = word.split('::');
  const [, provider, agent, ...more] = head.split(':');
  const isName = (name: string | undefined): name is string =>
    name !== undefined && /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name);
  if (!isName(provider) || !isName(agent) || more.length > 0) {
    return { at: 0, message: 'an OCF agent is ocf:PROVIDER:TYPE', next: ocfExample };
  }
  const parameters = new Map<string, string>();
  let at = head.length + 2;
  for (const setting of settings) {
    const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]{0,63})=(.*)$/.exec(setting) ?? [];
    if (name === undefined || value === undefined)
      return { at, message: 'a parameter is name=value', next: ocfExample };
    if (parameters.has(name)) return { at, message: `parameter ${name} is there twice` };
    parameters.set(name, value);
    at += setting.length + 2;
  }
  return { kind: 'ocf', provider, agent, parameters: Object.fromEntries(parameters) };
}

function parseSystemd(word: string): Means | WordProblem {
  const prefix = 'systemd:';
  const unit = word.slice(prefix.length);
  if (unit.includes('::')) return { at: prefix.length + unit.indexOf('::'), message: 'a unit takes no arguments' };
  if (!/^[A-Za-z0-9][A-Za-z0-9:_.@\\-]{0,200}$/.test(unit)) {
    return {
      at: prefix.length,
      message: `${JSON.stringify(unit)} is no name of a unit`,
      next: 'for example systemd:nginx.service',
    };
  }
  return { kind: 'systemd', unit: unit.includes('.') ? unit : `${unit}.service` };
}
