# shellcheck source=ci/interop/oidc-provider/about.sh
rotate=default source "$here/oidc-provider/about.sh"
title="oidc-provider 9.13.3, rotation by its own rule"
