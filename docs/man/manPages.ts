import { configPage, haresourcesPage } from './configPages.ts';
import { headPage, runnerPage } from './daemonPages.ts';
import { hactlPage } from './hactlPage.ts';

export interface ManPage {
  readonly name: string;
  readonly section: 5 | 8;
  /** For man(7). */
  readonly text: string;
}

/** Every page of the manual that `man` shows: what the code can say about itself is taken from it. */
export function manPages(version: string): readonly ManPage[] {
  return [
    { name: 'twinbeatd', section: 8, text: headPage(version) },
    { name: 'twinbeat-runner', section: 8, text: runnerPage(version) },
    { name: 'hactl', section: 8, text: hactlPage(version) },
    { name: 'twinbeat.yaml', section: 5, text: configPage(version) },
    { name: 'haresources', section: 5, text: haresourcesPage(version) },
  ];
}
