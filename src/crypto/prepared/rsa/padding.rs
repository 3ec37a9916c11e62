//! What the power of a signature must be (RFC 8017 section 9).

use sha2::Digest;

use crate::algorithm::Hash;

/// EMSA-PKCS1-v1_5 (section 9.2) up to the hash itself, for a modulus of `length` octets, which are more than enough.
pub(super) fn pkcs1_before_hash(hash: Hash, length: usize) -> Box<[u8]> {
    // Note 1: the DER encodings of DigestInfo.
    let info: [u8; 19] = match hash {
        Hash::Sha256 => *b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20",
        Hash::Sha384 => *b"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30",
        Hash::Sha512 => *b"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40",
    };
    let padding = length.saturating_sub(3 + info.len() + hash.len());
    [&[0, 1], &*vec![0xff; padding], &[0], &info].concat().into()
}

/// EMSA-PSS-VERIFY (section 9.1.2) with MGF1 and a salt as long as the hash. The encoded message has `bits` bits, in as many octets
/// as they need.
pub(super) fn pss_holds<D: Digest>(message: &[u8], encoded: &[u8], bits: usize) -> bool {
    let length = <D as Digest>::output_size();
    // Steps 4 to 6.
    let [rest @ .., 0xbc] = encoded else { return false };
    let Some((masked, h)) = rest.split_at_checked(rest.len().saturating_sub(length)) else { return false };
    let used = 0xff >> (encoded.len() * 8).saturating_sub(bits);
    if masked.first().is_none_or(|first| first & !used != 0) {
        return false;
    }
    // Steps 7 to 9.
    let mut db = masked.to_vec();
    for (counter, block) in (0_u32..).zip(db.chunks_mut(length)) {
        let mask = D::new().chain_update(h).chain_update(counter.to_be_bytes()).finalize();
        block.iter_mut().zip(mask).for_each(|(octet, mask)| *octet ^= mask);
    }
    if let Some(first) = db.first_mut() {
        *first &= used;
    }
    // Steps 10 to 14. Step 3: where there is no room for the salt and its mark, the mark is not found.
    let Some((padding, salt)) = db.split_at_checked(db.len().saturating_sub(length)) else { return false };
    let [zeros @ .., 1] = padding else { return false };
    let expected = D::new().chain_update([0; 8]).chain_update(D::digest(message)).chain_update(salt).finalize();
    zeros.iter().all(|octet| *octet == 0) && expected.as_slice() == h
}
