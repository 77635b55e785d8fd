title="The MCP Python SDK 2.3.0's client for the official suite"
packages=python-sdk
contract=conformance
# It comes with the SDK's source archive, not with the package.
prepare() {
  local from=$targets/clients/suite-python
  cmp -s "$source/requirements.txt" "$from/.installed" && return
  rm -rf "$from"
  mkdir -p "$from"
  "$home/bin/pip" download --quiet --disable-pip-version-check --no-deps --no-binary :all: --dest "$from" \
    --require-hashes --requirement "$source/requirements.txt"
  tar -xzf "$from"/mcp-*.tar.gz -C "$from" --strip-components=4 --wildcards '*/.github/actions/conformance/client.py'
  cp "$source/requirements.txt" "$from/.installed"
}
# Its scenario gives no client (MCP_CONFORMANCE_CONTEXT): one would have to be registered with the redirect address of this program.
command=(env -u MCP_CONFORMANCE_CONTEXT "$targets/python-sdk/bin/python" -B "$targets/clients/suite-python/client.py")
