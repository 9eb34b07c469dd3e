/** What `hactl status` tells of the guards; each is there where it is configured. */
export interface GuardsReport {
  readonly ping?: PingReport;
  readonly witness?: WitnessReport;
  readonly watchdog?: WatchdogStatus;
}

export interface WitnessReport {
  /** `unknown` before the first answer. */
  readonly state: 'up' | 'down' | 'unknown';
  readonly answeredAgoMs: number | null;
  /** When the witness heard the peer, as it last said. */
  readonly peerHeardAgoMs: number | null;
  readonly leases: readonly {
    readonly group: string;
    /** As the witness last said; null for nobody. */
    readonly holder: string | null;
    readonly renewedAgoMs: number | null;
    /** How long this node, which holds the group, goes on if it hears nobody any more; null for others, and without an end. */
    readonly servesForMs: number | null;
  }[];
}

export interface WatchdogStatus {
  readonly device: string;
  readonly state: 'armed' | 'off' | 'failed' | 'unknown';
  /** Why it failed; empty where it did not. */
  readonly detail: string;
  /** At the latest so long after its loop stalls a node has been reset: this one, and the peer; null where none would be. */
  readonly boundMs: number | null;
  readonly peerBoundMs: number | null;
}

export interface PingReport {
  readonly targets: readonly { readonly address: string; readonly state: 'up' | 'down' | 'unknown' }[];
  /** Targets that answer the peer, as its newest beat says; null where it does not say. */
  readonly peerAnswering: number | null;
}
