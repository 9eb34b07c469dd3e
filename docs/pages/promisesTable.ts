import { promiseNotes, promiseRows } from '../../src/config/promises.ts';
import { table } from './table.ts';

const begin = '<!-- made by npm run docs from src/config/promises.ts -->';
const end = '<!-- made until here -->';

/** The page with its table as the code says it; everything else of the page is written by hand. */
export function withPromisesTable(page: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from === -1 || to < from) throw new Error(`docs/manual/promises.md has lost its marks: ${begin} … ${end}`);
  return `${page.slice(0, from)}${begin}\n\n${promisesTable()}\n\n${page.slice(to)}`;
}

function promisesTable(): string {
  const rows = promiseRows.map(({ configuration, onlyWhen, takeoverAfter, forHowLong }) => [
    configuration,
    onlyWhen,
    takeoverAfter,
    forHowLong,
  ]);
  const head = ['configuration', 'two active at once only when', 'automatic takeover after', 'for how long'];
  const also = promiseNotes.map(({ configuration, sentence }) => [`also: ${configuration}`, sentence, '', '']);
  return table(head, [...rows, ...also]);
}
