# shellcheck shell=sh
# Sourced by the launchers in bin/, with `self` set to the launcher's real path. The package has its own Node, and each
# program in one file. It keeps no compiled code: what the head may write must not be run by root.

root=${self%/*}/..

# launch MAIN NODE-FLAGS ARGUMENT… : becomes node, so that signals and the exit code are the program's own.
launch() {
  main=${1%.ts}.cjs
  flags=$2
  shift 2
  # shellcheck disable=SC2086 # the flags are words of ours, without blanks inside
  exec "$root/bin/node" $flags "$root/$main" "$@"
}
