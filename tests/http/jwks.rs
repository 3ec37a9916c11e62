//! The published keys.

use bytes::Bytes;
use http::{Method, header};
use http_body_util::Full;
use jwtward::{Algorithm, KeyId, KeySet, ProviderConfig, SigningKey, TokenProvider, http::JwksService};
use tower::ServiceExt;

use crate::support::{Seen, provider, request, seen};

fn es256() -> JwksService {
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    let provider = TokenProvider::without_store(ProviderConfig::new(key)).unwrap();
    JwksService::new(&provider.public_jwks())
}

async fn ask(service: &JwksService, method: Method, tags: &[&str]) -> Seen {
    let headers: Vec<_> = tags.iter().map(|tag| ("if-none-match", tag.as_bytes())).collect();
    let mut request: http::Request<Full<Bytes>> = request("/.well-known/jwks.json", &headers);
    *request.method_mut() = method;
    seen(service.clone().oneshot(request).await.unwrap()).await
}

#[tokio::test]
async fn the_set_has_public_members_only_and_may_be_kept() {
    let seen = ask(&es256(), Method::GET, &[]).await;
    assert_eq!(seen.status, 200);
    assert_eq!(seen.header(header::CONTENT_TYPE), Some("application/json"));
    assert_eq!(seen.header(header::CACHE_CONTROL), Some("public, max-age=300"));
    let set: serde_json::Value = serde_json::from_str(&seen.body).unwrap();
    let members: Vec<_> = set["keys"][0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x", "y"]);
    assert_eq!(KeySet::from_jwks(&seen.body).unwrap().len(), 1);
}

#[tokio::test]
async fn a_known_tag_is_answered_304_and_another_200() {
    let service = es256();
    let first = ask(&service, Method::GET, &[]).await;
    let tag = first.header(header::ETAG).unwrap().to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() == 45, "strong: {tag}");
    let (weak, several) = (format!("W/{tag}"), format!("\"x\" , {tag}"));
    for tags in [&[&*tag][..], &["*"], &[&weak], &[&several], &["\"x\"", &tag]] {
        let seen = ask(&service, Method::GET, tags).await;
        assert_eq!((seen.status.as_u16(), &*seen.body), (304, ""));
        assert_eq!(seen.header(header::ETAG), Some(&*tag));
        assert_eq!(seen.header(header::CACHE_CONTROL), Some("public, max-age=300"));
    }
    for other in ["\"x\"", &tag[1..tag.len() - 1], "", "W/", &tag[..20]] {
        assert_eq!(ask(&service, Method::GET, &[other]).await.body, first.body);
    }
    assert_ne!(ask(&es256(), Method::GET, &[]).await.header(header::ETAG), Some(&*tag));
}

#[tokio::test]
async fn a_head_has_no_body_and_other_methods_are_not_allowed() {
    let service = es256();
    let whole = ask(&service, Method::GET, &[]).await;
    let head = ask(&service, Method::HEAD, &[]).await;
    assert_eq!((head.status.as_u16(), &*head.body), (200, ""));
    assert_eq!(head.header(header::CONTENT_LENGTH), Some(&*whole.body.len().to_string()));
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
        let seen = ask(&service, method, &[]).await;
        seen.is_refusal(405, "method-not-allowed", "the method is not allowed here", None, None);
        assert_eq!(seen.header(header::ALLOW), Some("GET, HEAD"));
    }
}

#[tokio::test]
async fn a_secret_is_not_published() {
    let service = JwksService::of(provider());
    assert_eq!(ask(&service, Method::GET, &[]).await.body, "{\"keys\":[]}");
}

#[tokio::test]
async fn the_set_of_a_provider_follows_its_key_ring() {
    let named = |kid| SigningKey::generate(Algorithm::ES256).unwrap().with_key_id(KeyId::new(kid).unwrap());
    let provider = TokenProvider::without_store(ProviderConfig::new(named("a"))).unwrap();
    let (service, ring) = (JwksService::of(provider.clone()), provider.key_ring());
    let mut tags = Vec::new();
    let mut kids = async || {
        let seen = ask(&service, Method::GET, &[]).await;
        assert_eq!(seen.header(header::CACHE_CONTROL), Some("public, max-age=300"));
        let tag = seen.header(header::ETAG).unwrap().to_owned();
        assert_eq!(ask(&service, Method::GET, &[&tag]).await.status, 304);
        assert!(!tags.contains(&tag), "another set has another tag");
        tags.push(tag);
        let set: serde_json::Value = serde_json::from_str(&seen.body).unwrap();
        let keys = set["keys"].as_array().unwrap().iter();
        keys.map(|key| key["kid"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(kids().await, "a");
    ring.publish(named("b")).unwrap();
    assert_eq!(kids().await, "a b");
    ring.danger_promote_unknown("b").unwrap();
    assert_eq!(kids().await, "b a");
    ring.remove("a").unwrap();
    assert_eq!(kids().await, "b");
}
