// Draws the key of a client that signs its assertions (RFC 7523): prints SIGNER_KEY (PEM, `\n` for its line breaks) and
// SIGNER_JWK, the public half.
import { generateKeyPairSync } from 'node:crypto';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).trim();
console.log(`SIGNER_KEY=${pem.replaceAll('\n', '\\n')}`);
console.log(`SIGNER_JWK=${JSON.stringify({ ...publicKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256' })}`);
