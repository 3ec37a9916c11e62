// Verifies jwtward's tokens with npm's jose.
//
// Usage: node check_ours.mjs FOLDER
//
// FOLDER is what sign_ours.py made. Writes one JSON line per token and key format to
// stdout; a check is that jose accepts the token, reads the claims that were signed,
// and refuses the token with a bit of its signature flipped.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as jose from 'jose';
import { NAME, TABLES, flipSignatureBit, writeLine } from './common.mjs';

function importKey(form, material, alg) {
  switch (form) {
    case 'spki-pem':
      return jose.importSPKI(material, alg);
    case 'jwk':
    case 'oct-jwk':
      return jose.importJWK(material, alg);
    case 'jwks':
      return jose.createLocalJWKSet(material);
    case 'secret':
      return Buffer.from(material.secret_b64u, 'base64url');
    default:
      throw new Error(`no such key form: ${form}`);
  }
}

async function verify(line, form, token) {
  const key = await importKey(form, line.keys[form], line.alg);
  const { payload } = await jose.jwtVerify(token, key, {
    algorithms: [line.alg],
    issuer: TABLES.issuer,
    audience: TABLES.audience,
    requiredClaims: ['exp'],
  });
  return payload;
}

// What is wrong, or null. Whatever jose throws for our token is a finding.
async function checkToken(line, form) {
  try {
    const claims = await verify(line, form, line.token);
    // Both sides have been through JSON.parse, so the integer beyond 2^53 is rounded
    // alike; the Python libraries compare it exactly.
    if (!isDeepStrictEqual(claims, line.claims)) {
      return `other claims: ${JSON.stringify(claims)}`;
    }
  } catch (error) {
    return `refused a good token: ${error}`;
  }
  try {
    await verify(line, form, flipSignatureBit(line.token));
  } catch {
    return null;
  }
  return 'accepted a flipped signature bit';
}

async function checkThumbprint(line) {
  try {
    const theirs = await jose.calculateJwkThumbprint(line.keys.jwk);
    return theirs === line.thumbprint ? null : `theirs is ${theirs}`;
  } catch (error) {
    return `no thumbprint: ${error}`;
  }
}

function writeResult(direction, line, id, problem) {
  writeLine({ direction, library: NAME, alg: line.alg, id, problem });
}

const text = readFileSync(join(process.argv[2], 'tokens.jsonl'), 'utf8');
const thumbprintsSeen = new Set();
for (const row of text.split('\n').filter(Boolean)) {
  const line = JSON.parse(row);
  for (const form of Object.keys(line.keys)) {
    writeResult('ours-to-theirs', line, `${line.id}+${form}`, await checkToken(line, form));
  }
  // A key signs several tokens; its thumbprint is one.
  if (line.thumbprint && !thumbprintsSeen.has(line.thumbprint)) {
    thumbprintsSeen.add(line.thumbprint);
    writeResult('thumbprint', line, line.id, await checkThumbprint(line));
  }
}
