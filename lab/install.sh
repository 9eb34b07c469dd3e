#!/bin/sh
# Installs what the lab needs on a bare Debian 12 or Ubuntu: run it as root. It starts no service, not even one of
# those that it installs.
#
#   iproute2, util-linux, python3   the pretended hosts (needed)
#   nftables                        one-way cuts
#   python3-venv                    ZEO from PyPI, for the demo and some tests
#   systemd-container, debootstrap  machines that boot, for the tests of the package
#   binutils                        the package
#   fish, zsh                       the tests of the completions
#   fence-agents                    the tests of the fence, with its fence_dummy
set -eu

if [ "$(id -u)" -ne 0 ]; then
  echo "install.sh: run it as root: sudo $0" >&2
  exit 1
fi
if ! command -v apt-get >/dev/null; then
  echo "install.sh: no apt-get here; install these by hand: ip, unshare, nsenter, setpriv, python3 with venv, nft" >&2
  exit 1
fi

# While it exists and says 101, packages start nothing. A policy of the machine's own is left alone.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT INT TERM
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
elif ! grep -q 'exit 101' "$policy"; then
  echo "install.sh: $policy exists and lets services start; nftables has one, which then may start" >&2
fi

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends \
  binutils ca-certificates debootstrap fence-agents fish iproute2 nftables python3 python3-venv systemd-container util-linux zsh
echo "The lab has what it needs. Try: npm run lab up"
