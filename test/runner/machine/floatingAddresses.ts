import type { AddressMeans } from '../../../src/config/means.ts';

/** One address of each family, on the device of the pretended network. */
export const four: AddressMeans = {
  kind: 'address',
  address: '10.77.0.9',
  family: 4,
  bits: 24,
  device: 'eth0',
  label: undefined,
  broadcast: undefined,
};
export const six: AddressMeans = {
  kind: 'address',
  address: 'fd77::9',
  family: 6,
  bits: 64,
  device: 'eth0',
  label: undefined,
  broadcast: undefined,
};
