# shellcheck shell=sh
# Sourced by the launchers in bin/, with `self` set to the launcher's real path. Finds a Node that runs TypeScript
# sources as they are (24.12 or later): $TWINBEAT_NODE, else the one that `npm ci` brought, else the PATH's.

root=${self%/*}/..

die() {
  printf '%s: %s\n' "${self##*/}" "$1" >&2
  exit 1
}

checkout() {
  cd "$root" && pwd -P
}

findNode() {
  if [ -n "${TWINBEAT_NODE:-}" ]; then
    node=$TWINBEAT_NODE
    [ -x "$node" ] || die "TWINBEAT_NODE is $node, which is not a program; correct it or unset it"
    return
  fi
  for node in "$root"/node_modules/node-linux-*/bin/node; do
    [ -x "$node" ] && return
  done
  node=$(command -v node) || die "no Node found; run 'npm ci' in $(checkout)"
  "$node" -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 24 || (a == 24 && b >= 12) ? 0 : 1)' ||
    die "$node is older than 24.12; run 'npm ci' in $(checkout), or set TWINBEAT_NODE"
}

# launch MAIN NODE-FLAGS ARGUMENT… : becomes node, so that signals and the exit code are the program's own.
launch() {
  main=$1
  flags=$2
  shift 2
  findNode
  [ -d "$root/node_modules/yaml" ] || die "the packages are missing; run 'npm ci' in $(checkout)"
  # Compiled code and stripped types are kept beside the packages: half the start-up time. Node checks them against the
  # sources, and does without where it may not write. Set it empty to switch it off.
  export NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE-$root/node_modules/.cache/twinbeat}"
  # shellcheck disable=SC2086 # the flags are words of ours, without blanks inside
  exec "$node" $flags "$root/$main" "$@"
}
