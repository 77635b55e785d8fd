//! Peers that misbehave below the level of any protocol library. Each is one function on an accepted socket; it
//! ends when the other side hangs up. What is endless is made as it is sent.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What a peer's function gives back: an error is the other side hanging up.
pub(crate) type Hung = std::io::Result<()>;

/// Listens on a free port of the loopback and treats every connection with `peer`. Ends with the runtime.
pub(crate) async fn serve<F>(peer: fn(TcpStream) -> F) -> SocketAddr
where
    F: Future<Output = Hung> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(peer(socket));
        }
    });
    address
}

/// Listens, writes down the header of whoever comes, and says nothing.
pub(crate) async fn trap() -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let heard = Arc::new(Mutex::new(Vec::new()));
    let notes = heard.clone();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut piece = vec![0; 64 << 10];
            let length = socket.read(&mut piece).await.unwrap_or_default();
            let text = String::from_utf8_lossy(&piece[..length]).into_owned();
            notes.lock().expect("a lock").push(text);
        }
    });
    (address, heard)
}

/// Reads until a header has ended; what follows is left.
async fn hear(socket: &mut TcpStream) -> Hung {
    let mut heard = Vec::new();
    while !heard.windows(4).any(|w| w == b"\r\n\r\n") {
        let mut piece = [0; 4096];
        match socket.read(&mut piece).await? {
            0 => break,
            n => heard.extend_from_slice(&piece[..n]),
        }
    }
    Ok(())
}

async fn say(socket: &mut TcpStream, bytes: impl AsRef<[u8]>) -> Hung {
    socket.write_all(bytes.as_ref()).await
}

/// Says it all, hangs up properly: what is unread would turn the end into a reset.
async fn answer(mut socket: TcpStream, bytes: impl AsRef<[u8]>) -> Hung {
    hear(&mut socket).await?;
    say(&mut socket, bytes).await?;
    socket.shutdown().await?;
    tokio::io::copy(&mut socket, &mut tokio::io::sink())
        .await
        .map(|_| ())
}

async fn again_and_again(mut socket: TcpStream, first: &str, then: Vec<u8>) -> Hung {
    hear(&mut socket).await?;
    say(&mut socket, first).await?;
    loop {
        say(&mut socket, &then).await?;
    }
}

const OK: &str = "HTTP/1.1 200 OK\r\n";
const JSON: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
const STREAM: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";

fn sized(body: &[u8]) -> Vec<u8> {
    [
        format!("{JSON}Content-Length: {}\r\n\r\n", body.len()).as_bytes(),
        body,
    ]
    .concat()
}

/// Header fields without end.
pub(crate) async fn endless_header(socket: TcpStream) -> Hung {
    again_and_again(socket, OK, b"X-More: and more\r\n".repeat(500)).await
}

/// A header line of a gigabyte.
pub(crate) async fn gigabyte_header_line(socket: TcpStream) -> Hung {
    again_and_again(socket, "HTTP/1.1 200 OK\r\nX-Long: ", vec![b'x'; 64 << 10]).await
}

/// A body without end.
pub(crate) async fn endless_body(socket: TcpStream) -> Hung {
    again_and_again(socket, "HTTP/1.1 200 OK\r\n\r\n", vec![b' '; 64 << 10]).await
}

/// Events without end.
pub(crate) async fn endless_stream(socket: TcpStream) -> Hung {
    let event = b"data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\"}\n\n";
    again_and_again(socket, STREAM, event.repeat(100)).await
}

/// An event stream of one line of a gigabyte.
pub(crate) async fn gigabyte_stream_line(socket: TcpStream) -> Hung {
    again_and_again(socket, STREAM, vec![b'x'; 64 << 10]).await
}

/// 100 Continue without end.
pub(crate) async fn continue_storm(socket: TcpStream) -> Hung {
    again_and_again(socket, "", b"HTTP/1.1 100 Continue\r\n\r\n".repeat(100)).await
}

async fn slowly(mut socket: TcpStream, at_once: &str, slow: &[u8]) -> Hung {
    hear(&mut socket).await?;
    say(&mut socket, at_once).await?;
    for byte in slow.iter().cycle() {
        say(&mut socket, [*byte]).await?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// A header, byte by byte, that never ends.
pub(crate) async fn slow_header(socket: TcpStream) -> Hung {
    slowly(socket, "HTTP/1.1 200 OK\r\nX: ", b"slow ").await
}

/// A body, byte by byte, that never ends.
pub(crate) async fn slow_body(socket: TcpStream) -> Hung {
    slowly(socket, "HTTP/1.1 200 OK\r\n\r\n", b" ").await
}

/// Accepts and says nothing.
pub(crate) async fn silence(mut socket: TcpStream) -> Hung {
    tokio::io::copy(&mut socket, &mut tokio::io::sink())
        .await
        .map(|_| ())
}

/// 256 MiB of zeros in 256 KiB: one small bomb, many times.
pub(crate) async fn gzip_bomb(socket: TcpStream) -> Hung {
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(&vec![0; 1 << 20])?;
    let bomb = bomb.finish()?.repeat(256);
    let head = format!(
        "{OK}Content-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
        bomb.len()
    );
    answer(socket, [head.as_bytes(), &bomb].concat()).await
}

/// Redirects to itself.
pub(crate) async fn redirect_loop(socket: TcpStream) -> Hung {
    answer(
        socket,
        "HTTP/1.1 307 Again\r\nLocation: /again\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    )
    .await
}

/// Closes before any answer.
pub(crate) async fn close_at_once(socket: TcpStream) -> Hung {
    answer(socket, "").await
}

/// Closes inside the header.
pub(crate) async fn close_in_header(socket: TcpStream) -> Hung {
    answer(socket, "HTTP/1.1 200 OK\r\nContent-Ty").await
}

/// Closes inside a chunk.
pub(crate) async fn close_in_body(socket: TcpStream) -> Hung {
    answer(
        socket,
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{\"json",
    )
    .await
}

/// Announces more than it sends.
pub(crate) async fn length_too_long(socket: TcpStream) -> Hung {
    answer(socket, format!("{JSON}Content-Length: 500\r\n\r\n{{}}")).await
}

/// Sends more than it announces.
pub(crate) async fn length_too_short(socket: TcpStream) -> Hung {
    answer(socket, format!("{JSON}Content-Length: 2\r\n\r\n{{}} and more")).await
}

/// JSON with bytes that are no UTF-8.
pub(crate) async fn invalid_utf8(socket: TcpStream) -> Hung {
    answer(
        socket,
        sized(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"\xff\xfe\"}"),
    )
    .await
}

/// Not JSON.
pub(crate) async fn invalid_json(socket: TcpStream) -> Hung {
    answer(socket, sized(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{,}}")).await
}

/// A million brackets.
pub(crate) async fn deep_json(socket: TcpStream) -> Hung {
    answer(
        socket,
        sized(&[vec![b'['; 1_000_000], vec![b']'; 1_000_000]].concat()),
    )
    .await
}

/// The answer to another request.
pub(crate) async fn other_id(socket: TcpStream) -> Hung {
    answer(socket, sized(br#"{"jsonrpc":"2.0","id":99,"result":{}}"#)).await
}

/// The same answer twice.
pub(crate) async fn twice(socket: TcpStream) -> Hung {
    let event = "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n\n";
    answer(socket, format!("{STREAM}{event}{event}")).await
}

/// Answers once and once more at the same time; whatever is asked after that gets nothing.
pub(crate) async fn answers_ahead(mut socket: TcpStream) -> Hung {
    hear(&mut socket).await?;
    let asked_for = sized(br#"{"jsonrpc":"2.0","id":1,"result":"asked for"}"#);
    let surplus = sized(br#"{"jsonrpc":"2.0","id":1,"result":"surplus"}"#);
    say(&mut socket, [asked_for, surplus].concat()).await?;
    silence(socket).await
}

/// HTTP/0.9: a body and nothing else.
pub(crate) async fn http_0_9(socket: TcpStream) -> Hung {
    answer(socket, "<html>hello from 1991</html>\r\n").await
}

/// Bytes of no protocol, whatever it hears; for TLS clients too.
pub(crate) async fn garbage(mut socket: TcpStream) -> Hung {
    socket.peek(&mut [0]).await?;
    say(&mut socket, [0, 255, 1, 254].repeat(64)).await?;
    socket.shutdown().await?;
    silence(socket).await
}

/// Refuses in the middle of the upload and closes for reading.
pub(crate) async fn early_answer(mut socket: TcpStream) -> Hung {
    hear(&mut socket).await?;
    say(
        &mut socket,
        "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    )
    .await?;
    socket.flush().await?;
    tokio::time::sleep(Duration::from_millis(50)).await;
    Ok(())
}
