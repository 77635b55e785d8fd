//! The browser's side of the redirect to this machine.

use super::*;

#[tokio::test]
async fn the_listener_takes_one_answer_and_closes() {
    let foreign = Arc::new(Mutex::new(0));
    let count = Arc::clone(&foreign);
    let (show, mut shown) = tokio::sync::mpsc::unbounded_channel();
    let person = Loopback::listen(
        0,
        Duration::from_secs(20),
        move |url| show.send(url.clone()).expect("somebody looks"),
        move |_| *count.lock().expect("a number") += 1,
    )
    .await
    .expect("a listener");
    let uri = person.redirect_uri();
    let sent = Url::parse("https://as.example/authorize").expect("a URL");
    let browser = async {
        assert_eq!(shown.recv().await.as_ref(), Some(&sent));
        let mut said = Vec::new();
        let idle =
            tokio::net::TcpStream::connect(uri.trim_start_matches("http://").trim_end_matches("/callback"))
                .await;
        let port = uri
            .trim_end_matches("/callback")
            .rsplit(':')
            .next()
            .expect("a port")
            .to_owned();
        for (url, host) in [
            (format!("{uri}?code=X&state=other"), None),
            (format!("{uri}?code=X"), None),
            (format!("http://127.0.0.1:{port}/favicon.ico"), None),
            (format!("{uri}?code=X&state=S"), Some("evil.example")),
            (format!("{uri}?code=C&state=S"), None),
        ] {
            said.push(visit(&url, host).await);
        }
        drop(idle);
        said
    };
    let (answer, said) = tokio::join!(person.consent(&sent, "S"), browser);
    assert_eq!(answer.expect("an answer").get("code"), Some("C"));
    assert_eq!(said, [400, 400, 404, 421, 200]);
    assert_eq!(*foreign.lock().expect("a number"), 2);
    assert_eq!(visit(&format!("{uri}?code=C&state=S"), None).await, 0, "closed");
    assert!(matches!(
        person.consent(&sent, "S").await,
        Err(LoginError::CannotWait { .. })
    ));
}

async fn visit(url: &str, host: Option<&str>) -> u16 {
    use crate::wire::{HeaderLine, Read, Request};
    let headers = host.map(|host| HeaderLine::Field("Host".to_owned(), host.as_bytes().to_vec()));
    let request = Request {
        method: "GET".to_owned(),
        url: Url::parse(url).expect("a URL"),
        target: None,
        headers: headers.into_iter().collect(),
        body: bytes::Bytes::new(),
        timeout: Duration::from_secs(5),
        redirects: 0,
        read: Read::Whole,
    };
    wire()
        .send(&request)
        .await
        .response
        .map_or(0, |response| response.status)
}

#[tokio::test]
async fn a_pasted_address_is_as_good() {
    let texts = Mutex::new(
        vec![
            "",
            "C",
            "http://127.0.0.1:PORT/callback?code=X&state=other",
            "http://127.0.0.1:PORT/callback?code=C&state=S",
        ]
        .into_iter(),
    );
    let person = Loopback::listen(0, Duration::from_secs(20), |_| {}, |_| {})
        .await
        .expect("a listener");
    let port = person
        .redirect_uri()
        .trim_end_matches("/callback")
        .rsplit(':')
        .next()
        .expect("a port")
        .to_owned();
    let person = person.or_pasted(move || {
        let text = texts
            .lock()
            .expect("a list")
            .next()
            .map(|text| text.replace("PORT", &port));
        Box::pin(async move { text })
    });
    let sent = Url::parse("https://as.example/authorize").expect("a URL");
    let answer = person.consent(&sent, "S").await.expect("an answer");
    assert_eq!(answer.get("code"), Some("C"));
}

#[tokio::test]
async fn nobody_comes_back() {
    let person = Loopback::listen(0, Duration::from_millis(50), |_| {}, |_| {})
        .await
        .expect("a listener");
    let sent = Url::parse("https://as.example/authorize").expect("a URL");
    assert!(matches!(
        person.consent(&sent, "S").await,
        Err(LoginError::Nobody(_))
    ));
}
