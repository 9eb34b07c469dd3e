#!/bin/sh
# Runs after `npm ci` (package.json, "prepare"), in the root of the checkout.

# npm 9, as Debian 12 has it, drops the link that it has made for the other architecture's package of the same name.
if [ ! -e node_modules/.bin/node ]; then
  for node in node_modules/node-linux-*/bin/node; do
    [ -x "$node" ] && ln -sf "../${node#node_modules/}" node_modules/.bin/node
  done
fi

# The pre-commit hook; a copy without git does without.
if [ -e .git ]; then
  git config core.hooksPath .githooks || echo 'prepare: no pre-commit hook, because git is not here' >&2
fi
exit 0
