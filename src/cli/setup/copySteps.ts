/**
 * What a person types to bring files to the other node with their modes and owners. It asks for nothing but ssh there
 * as himself, and sudo: root may not log in on most machines, and `sudo` at the far end of a pipe cannot ask for a
 * password.
 */
export function copySteps(folder: string, files: readonly string[], peer: string): readonly [string, string] {
  const parcel = 'twinbeat.tar';
  return [
    `copy to ${peer}: sudo tar -C ${word(folder)} -c ${files.map(word).join(' ')} | ssh ${peer} 'umask 077; cat > ${parcel}'`,
    `on ${peer}: sudo tar -C ${word(folder)} -xpf ${parcel} && rm ${parcel}`,
  ];
}

/** For the shell. */
function word(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
