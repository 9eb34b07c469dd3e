/** What `hactl status` tells of the guards; each is there where it is configured. */
export interface GuardsReport {
  readonly ping?: PingReport;
}

export interface PingReport {
  readonly targets: readonly { readonly address: string; readonly state: 'up' | 'down' | 'unknown' }[];
  /** Targets that answer the peer, as its newest beat says; null where it does not say. */
  readonly peerAnswering: number | null;
}
