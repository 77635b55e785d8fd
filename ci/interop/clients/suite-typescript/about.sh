title="The official suite's example client, on the TypeScript SDK 1.32.2"
packages=clients/suite-typescript
contract=conformance
prepare() { beside "$source/auth-test.ts" "$source/helpers"; }
command=(node --import "$home/node_modules/tsx/dist/loader.mjs" "$home/clients/auth-test.ts")
