// Writes the corpus lines of npm's jose, with fresh keys, to stdout.

import { createPrivateKey, createPublicKey } from 'node:crypto';
import * as jose from 'jose';
import { NAME, TABLES, VERSION, flipPayloadBit, flipSignatureBit, writeLine } from './common.mjs';

async function generate(alg, family) {
  if (family === 'oct') {
    const secret = await jose.generateSecret(alg, { extractable: true });
    return { privateJwk: await jose.exportJWK(secret) };
  }
  const pair = await jose.generateKeyPair(alg, { extractable: true });
  return {
    privateJwk: await jose.exportJWK(pair.privateKey),
    publicJwk: await jose.exportJWK(pair.publicKey),
    pkcs8: await jose.exportPKCS8(pair.privateKey),
    spki: await jose.exportSPKI(pair.publicKey),
  };
}

// One key of each kind: the six RSA algorithms share theirs, and so do EdDSA and Ed25519.
async function generateAll() {
  const keys = new Map();
  for (const [alg, [family, size]] of Object.entries(TABLES.algorithms)) {
    const kind = `${family}-${size}`;
    if (!keys.has(kind)) {
      keys.set(kind, await generate(alg, family));
    }
  }
  return keys;
}

async function sign(key, alg, claims, kid) {
  const material = key.pkcs8
    ? await jose.importPKCS8(key.pkcs8, alg)
    : await jose.importJWK(key.privateJwk, alg);
  const header = kid ? { alg, typ: 'JWT', kid } : { alg, typ: 'JWT' };
  return new jose.SignJWT(claims).setProtectedHeader(header).sign(material);
}

// Every form of a key, by name, as the corpus has it. The JWKs and the PKCS#8 and
// SPKI texts are jose's own writing; node:crypto writes the forms that jose does not.
function keyForms(key, family, keySet) {
  if (family === 'oct') {
    return { secret: { secret_b64u: key.privateJwk.k }, 'oct-jwk': key.privateJwk };
  }
  const privateKey = createPrivateKey(key.pkcs8);
  const publicKey = createPublicKey(key.spki);
  const pem = (object, type) => object.export({ type, format: 'pem' });
  const der = (object, type) => ({
    der_b64u: object.export({ type, format: 'der' }).toString('base64url'),
  });
  const forms = {
    'spki-pem': key.spki,
    'spki-der': der(publicKey, 'spki'),
    jwk: key.publicJwk,
    jwks: keySet,
    'pkcs8-pem-private': key.pkcs8,
    'pkcs8-der-private': der(privateKey, 'pkcs8'),
    'jwk-private': key.privateJwk,
  };
  if (family === 'RSA') {
    forms['pkcs1-pem'] = pem(publicKey, 'pkcs1');
    forms['pkcs1-pem-private'] = pem(privateKey, 'pkcs1');
  }
  if (family === 'EC') {
    forms['sec1-pem-private'] = pem(privateKey, 'sec1');
  }
  return forms;
}

// The public keys of all kinds as a JWK Set, the one for `alg` marked as such.
function makeKeySet(keys, alg) {
  const wanted = TABLES.algorithms[alg].join('-');
  const members = [];
  for (const [kind, key] of keys) {
    if (key.publicJwk) {
      const marks = kind === wanted ? { use: 'sig', alg } : {};
      members.push({ ...key.publicJwk, kid: kind, ...marks });
    }
  }
  return { keys: members };
}

async function writeAlgorithm(alg, keys, otherKeys) {
  const [family, size] = TABLES.algorithms[alg];
  const kind = `${family}-${size}`;
  const key = keys.get(kind);
  const forms = keyForms(key, family, makeKeySet(keys, alg));
  const line = (name, form, kid, token, expect, payload) =>
    writeLine({
      id: `${NAME}-${alg}-${name}`,
      library: NAME,
      version: VERSION,
      alg,
      key_form: form,
      key: forms[form],
      kid,
      token,
      expect,
      payload,
    });

  const tokens = [];
  for (const claims of TABLES.claims) {
    tokens.push(await sign(key, alg, claims, null));
  }
  for (const [index, form] of TABLES.key_forms[family].entries()) {
    const which = index % tokens.length;
    const claims = TABLES.claims[which];
    if (form === 'jwks') {
      line(form, form, kind, await sign(key, alg, claims, kind), 'valid', claims);
    } else {
      line(form, form, null, tokens[which], 'valid', claims);
    }
  }

  const claims = TABLES.claims[0];
  const negatives = {
    'flipped-payload': flipPayloadBit(tokens[0]),
    'flipped-signature': flipSignatureBit(tokens[0]),
    'other-key': await sign(otherKeys.get(kind), alg, claims, null),
  };
  // `secret` cannot go through the batch, so the negatives of HMAC take the JWK.
  const negativeForms = family === 'oct' ? ['oct-jwk'] : ['spki-pem', 'jwk'];
  for (const [index, [name, token]] of Object.entries(negatives).entries()) {
    const form = negativeForms[index % negativeForms.length];
    line(name, form, null, token, 'invalid', claims);
  }
}

const keys = await generateAll();
const otherKeys = await generateAll();
for (const alg of Object.keys(TABLES.algorithms)) {
  await writeAlgorithm(alg, keys, otherKeys);
}
