/** One secret that both nodes share. Beats name the key that signed them by its id, so that keys can be changed in turn. */
export interface Key {
  /** 0 to 255, unique in authkeys. */
  readonly id: number;
  readonly secret: Uint8Array;
}
