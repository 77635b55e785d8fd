// Draws the keys of a run, as NAME=VALUE lines with `\n` for the line breaks of a PEM: SIGNER_KEY, of a client that signs
// its assertions (RFC 7523), and SIGNER_JWK, its public half; SIGNING_KEY, which the server signs access tokens with.
import { generateKeyPairSync } from 'node:crypto';

const inOneLine = (key) => key.export({ type: 'pkcs8', format: 'pem' }).trim().replaceAll('\n', '\\n');
const client = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const server = generateKeyPairSync('rsa', { modulusLength: 2048 });
console.log(`SIGNER_KEY=${inOneLine(client.privateKey)}`);
console.log(`SIGNER_JWK=${JSON.stringify({ ...client.publicKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256' })}`);
console.log(`SIGNING_KEY=${inOneLine(server.privateKey)}`);
