/** The lab by hand: `npm run lab up`, then look, cut, kill, mend. */
import { cutNames } from './cuts.ts';
import { supervise } from './tool/supervisor.ts';
import { act, down, exec, LabToolError, log, status, up } from './tool/verbs.ts';
import { hostNames } from './topology.ts';

const usage = `usage: npm run lab VERB …

  up                     two nodes, a client, their cables; twinbeatd on both where it is built
  -- up --config DIR     the same with the files of DIR as /etc/twinbeat
  status                 who is on, what is cut, who holds the floating address
  exec HOST -- CMD …     run CMD on a host; a shell without CMD
  client -- CMD …        the same on the client
  cut LINK …             ${cutNames.join(' ')}
  mend LINK … | all
  kill HOST              cut its power
  kill HOST twinbeatd    kill its daemon; it comes back after half a second
  boot HOST
  freeze HOST            stop all its processes; its kernel goes on
  thaw HOST
  log HOST [SERVICE]     what a background process has written
  down                   end everything

hosts: ${hostNames.join(' ')}`;

/** Wrong use, in the sense of hactl. */
const exitUsage = 2;

async function main(words: readonly string[]): Promise<number> {
  const [verb = 'help', ...rest] = words;
  const args = rest[0] === '--' ? rest.slice(1) : rest;
  switch (verb) {
    case 'up': {
      if (args.length > 0 && (args[0] !== '--config' || args.length !== 2)) return misused(verb);
      return say(await up(args[1]));
    }
    case 'supervise':
      await supervise(args[0]);
      return 0;
    case 'status':
      return say(await status());
    case 'down':
      return say(await down());
    case 'exec': {
      const [host, ...command] = args;
      if (host === undefined) return misused(verb);
      return await exec(host, command[0] === '--' ? command.slice(1) : command);
    }
    case 'client':
      return await exec('client', args);
    case 'log':
      return args[0] === undefined ? misused(verb) : say((await log(args)).trimEnd());
    case 'cut':
    case 'mend':
    case 'kill':
    case 'boot':
    case 'freeze':
    case 'thaw':
      return args[0] === undefined ? misused(verb) : say(await act(verb, args));
    case 'help':
    case '--help':
      return say(usage);
    default:
      return misused(verb);
  }
}

function say(text: string): number {
  console.log(text);
  return 0;
}

function misused(verb: string): number {
  console.error(`the lab does not know "${verb}" with these words\n\n${usage}`);
  return exitUsage;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof LabToolError) && process.argv[2] !== 'supervise') throw error;
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
