//! HTTPS, with a certificate that is trusted and one that is not. `files/generate` made them.

use std::sync::Arc;

use jwtward::jwks_client::{JwksConfigError, JwksError, JwksUrlError, RemoteJwks, RemoteVerifier, ReqwestFetcher};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};

use crate::support::{Issuer, is_good, is_unavailable, key, set, token};

const AUTHORITY: &str = include_str!("files/authority.pem");

/// Answers every request with that body, and counts the handshakes that came to an end. Gives the port.
async fn serve(body: String) -> (u16, Arc<std::sync::atomic::AtomicUsize>) {
    serve_for(|_| body).await
}

/// The same with a body that names the port.
async fn serve_for(body: impl FnOnce(u16) -> String) -> (u16, Arc<std::sync::atomic::AtomicUsize>) {
    let certificate = CertificateDer::from_pem_slice(include_bytes!("files/server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("files/server.key.pem")).unwrap();
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (port, done) = (listener.local_addr().unwrap().port(), Arc::new(std::sync::atomic::AtomicUsize::new(0)));
    let (counter, body) = (Arc::clone(&done), body(port));
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut request = vec![0; 4096];
            if stream.read(&mut request).await.is_ok_and(|read| read > 0) {
                counter.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
                stream.write_all((head + &body).as_bytes()).await.unwrap();
                stream.shutdown().await.unwrap();
            }
        }
    });
    (port, done)
}

#[tokio::test]
async fn a_certificate_of_an_authority_that_is_trusted_is_accepted_and_no_other() {
    let a = key("a");
    let (port, done) = serve(set(&[&a])).await;
    let over = |host: &str, fetcher: ReqwestFetcher| {
        let jwks = RemoteJwks::at(&format!("https://{host}:{port}/keys.json")).build_with(fetcher).unwrap();
        RemoteVerifier::builder(jwks).issuer("iss").audience("aud").build()
    };
    let roots = || ReqwestFetcher::with_roots(AUTHORITY).unwrap();
    is_good(over("127.0.0.1", roots()).verify(&token(&a)).await);
    assert_eq!(done.load(std::sync::atomic::Ordering::SeqCst), 1);

    // The system does not know the authority; and the certificate is for another name.
    for verifier in [over("127.0.0.1", ReqwestFetcher::new().unwrap()), over("localhost", roots())] {
        let error = is_unavailable(verifier.verify(&token(&a)).await);
        let JwksError::Fetch(error) = error else { panic!("{error:?}") };
        assert!(format!("{error:?}").contains("InvalidCertificate("), "{error:?}");
    }
    assert_eq!(done.load(std::sync::atomic::Ordering::SeqCst), 1);
}

#[tokio::test]
async fn metadata_over_https_do_not_lead_to_plain_http_on_this_host() {
    let a = key("a");
    let local = Issuer::new(&[&a]);
    let (port, done) = serve_for(|port| {
        format!(r#"{{"issuer":"https://127.0.0.1:{port}","jwks_uri":"{}"}}"#, local.url("/keys.json"))
    })
    .await;
    let jwks = RemoteJwks::discover(&format!("https://127.0.0.1:{port}"));
    let jwks = jwks.build_with(ReqwestFetcher::with_roots(AUTHORITY).unwrap()).unwrap();
    let error = jwks.key_set().await.unwrap_err();
    assert!(matches!(error, JwksError::JwksUri(JwksUrlError::PlainHttp)), "{error:?}");
    assert_eq!((done.load(std::sync::atomic::Ordering::SeqCst), local.count()), (1, 0));
}

#[test]
fn roots_must_be_certificates() {
    assert!(matches!(ReqwestFetcher::with_roots(""), Err(JwksConfigError::NoCertificate)));
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert!(matches!(ReqwestFetcher::with_roots(broken), Err(JwksConfigError::HttpClient(_))));
}
