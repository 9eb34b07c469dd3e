/** What came of the order to fence the peer. Texts are for people, and never hold a secret. */
export type FenceOutcome =
  /** Verified as far as the device can: the machine is off, or was switched off and on. `by` names what did it. */
  | { readonly kind: 'off'; readonly by: string }
  | { readonly kind: 'failed'; readonly detail: string }
  /** Nothing that works by itself is left: a person has to make sure, and to say so. */
  | { readonly kind: 'person'; readonly detail: string };

/** Whether the devices answer; nothing is switched. */
export type FenceTestOutcome = { readonly kind: 'passed' } | { readonly kind: 'failed'; readonly detail: string };
