// What the JavaScript scripts share: the tables of common.json, and small helpers.

import { readFileSync } from 'node:fs';

const read = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));

export const TABLES = read('common.json');
export const NAME = 'jose';
export const VERSION = read('node_modules/jose/package.json').version;

for (const claims of TABLES.claims) {
  // The table's 2^53 + 1 is beyond a JavaScript number; this one is the last exact.
  claims.data.big = Number.MAX_SAFE_INTEGER;
}

// One bit of the payload changed, leaving it JSON: 'u' is 0x75, 't' is 0x74.
export function flipPayloadBit(token) {
  const [header, payload, signature] = token.split('.');
  const text = Buffer.from(payload, 'base64url').toString('utf8');
  const changed = text.replace('"user"', '"tser"');
  if (changed === text) {
    throw new Error('the payload lacks the value whose bit is to be flipped');
  }
  return [header, Buffer.from(changed).toString('base64url'), signature].join('.');
}

export function flipSignatureBit(token) {
  const [header, payload, signature] = token.split('.');
  const octets = Buffer.from(signature, 'base64url');
  octets[octets.length >> 1] ^= 1;
  return [header, payload, octets.toString('base64url')].join('.');
}

export function writeLine(object) {
  process.stdout.write(JSON.stringify(object) + '\n');
}
