# shellcheck source=ci/interop/oidc-provider/about.sh
rotate=never source "$here/oidc-provider/about.sh"
title="oidc-provider 9.13.3, rotation off"
