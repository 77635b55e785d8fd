#!/usr/bin/env bash
# Our webhook signatures against the published libraries, both ways: what they sign we verify, what we sign they verify,
# and neither takes what was changed. The libraries come from npm and PyPI, each kind into a folder of its own.
#
#   ci/interop/webhooks/run.sh
#
# SIGNATURES: the example `webhook_signatures` (default: built here).  TARGETS_HOME: cache of what is installed.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
root=$(cd "$here/../.." && pwd)
targets=${TARGETS_HOME:-$root/.targets}
# shellcheck source=ci/interop/serve.sh
source "$here/serve.sh"

ours=${SIGNATURES:-}
if [[ -z $ours ]]; then
  (cd "$root" && cargo build --quiet --locked --example webhook_signatures)
  ours=$root/target/debug/examples/webhook_signatures
fi
for packages in webhooks/node webhooks/python; do
  home=$targets/$packages
  install
done
# Node looks for packages beside the program.
cp "$here/webhooks/node/peer.mjs" "$targets/webhooks/node/"
exec python3 "$here/webhooks/cross.py" "$ours" "$targets/webhooks/node/peer.mjs" "$targets/webhooks/python/bin/python"
