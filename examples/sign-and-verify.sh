#!/bin/sh
# Makes a key, signs a token with it, and verifies the token, all with the program `jwtward`.
set -eu
cd "$(dirname "$0")/.."
cargo build --quiet --features cli
jwtward="${CARGO_TARGET_DIR:-target}/debug/jwtward"
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT

"$jwtward" keygen --alg ES256 >"$folder/key.pem"
"$jwtward" public --key "$folder/key.pem" >"$folder/public.pem"
echo '{"iss":"https://auth.example","sub":"alice","aud":"api","exp":4102444800}' |
    "$jwtward" sign --alg ES256 --key "$folder/key.pem" - >"$folder/token"

echo "the token:"
cat "$folder/token"
echo "its claims, verified with the public key:"
"$jwtward" verify --alg ES256 --key "$folder/public.pem" --iss https://auth.example --aud api - <"$folder/token"
