/** Names of options whose values must be shown to nobody; a script or a file that holds the secret may be named. */
export function isSecretOption(name: string): boolean {
  return /pass|secret|token|community|api_?key|access_?key/i.test(name) && !/(script|file|path)$/i.test(name);
}
