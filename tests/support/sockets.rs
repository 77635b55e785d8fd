//! Peers that take the opening handshake of a WebSocket and misbehave then.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::hostile::Hung;

/// Reads the handshake and answers it properly.
async fn accepted(socket: &mut TcpStream) -> Hung {
    let key = key(socket).await?;
    let accept = derive_accept_key(key.as_bytes());
    let head = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    socket.write_all(head.as_bytes()).await
}

async fn key(socket: &mut TcpStream) -> std::io::Result<String> {
    let mut heard = Vec::new();
    while !heard.windows(4).any(|w| w == b"\r\n\r\n") {
        let mut piece = [0; 4096];
        match socket.read(&mut piece).await? {
            0 => break,
            n => heard.extend_from_slice(&piece[..n]),
        }
    }
    let text = String::from_utf8_lossy(&heard).into_owned();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "));
    Ok(line.unwrap_or_default().to_owned())
}

/// Says it after the handshake and waits until the other side hangs up.
async fn then(mut socket: TcpStream, bytes: &[u8]) -> Hung {
    accepted(&mut socket).await?;
    socket.write_all(bytes).await?;
    tokio::io::copy(&mut socket, &mut tokio::io::sink())
        .await
        .map(|_| ())
}

/// Says it again and again.
async fn endless(mut socket: TcpStream, first: &[u8], more: &[u8]) -> Hung {
    accepted(&mut socket).await?;
    socket.write_all(first).await?;
    loop {
        socket.write_all(more).await?;
    }
}

/// No frames at all.
pub(crate) async fn garbage_frames(socket: TcpStream) -> Hung {
    then(socket, b"\xff\xfe\xfd nothing of the kind\r\n\r\n").await
}

/// Half a frame, and silence.
pub(crate) async fn half_a_frame(socket: TcpStream) -> Hung {
    then(socket, b"\x81\x05hel").await
}

/// Half a frame, and the end.
pub(crate) async fn cut_frame(mut socket: TcpStream) -> Hung {
    accepted(&mut socket).await?;
    socket.write_all(b"\x81\x05hel").await?;
    socket.shutdown().await
}

/// A text of 100 MB in one frame.
pub(crate) async fn hundred_megabytes(socket: TcpStream) -> Hung {
    let head = [&[0x81, 127][..], &100_000_000_u64.to_be_bytes()].concat();
    endless(socket, &head, &b"x".repeat(64 << 10)).await
}

/// The same in pieces that never end.
pub(crate) async fn endless_fragments(socket: TcpStream) -> Hung {
    let piece = [&[0x00, 126][..], &60_000_u16.to_be_bytes(), &b"x".repeat(60_000)].concat();
    endless(socket, b"\x01\x01x", &piece).await
}

/// Messages without end.
pub(crate) async fn endless_messages(socket: TcpStream) -> Hung {
    endless(socket, b"", &b"\x81\x02hi".repeat(1000)).await
}

/// Pings without end.
pub(crate) async fn endless_pings(socket: TcpStream) -> Hung {
    endless(socket, b"", &b"\x89\x00".repeat(1000)).await
}

/// A masked frame, which a server must not send.
pub(crate) async fn masked_frame(socket: TcpStream) -> Hung {
    then(socket, b"\x81\x82\x00\x00\x00\x00hi").await
}

/// A text that is no UTF-8.
pub(crate) async fn text_not_utf8(socket: TcpStream) -> Hung {
    then(socket, b"\x81\x02\xff\xff").await
}

/// A close frame of one byte.
pub(crate) async fn short_close(socket: TcpStream) -> Hung {
    then(socket, b"\x88\x01\x03").await
}

/// A close frame without a code.
pub(crate) async fn bare_close(socket: TcpStream) -> Hung {
    then(socket, b"\x88\x00").await
}

/// Says nothing and never closes.
pub(crate) async fn silent_socket(socket: TcpStream) -> Hung {
    then(socket, b"").await
}

/// Never answers the handshake.
pub(crate) async fn no_handshake(mut socket: TcpStream) -> Hung {
    key(&mut socket).await?;
    tokio::io::copy(&mut socket, &mut tokio::io::sink())
        .await
        .map(|_| ())
}

/// A 101 for another request.
pub(crate) async fn wrong_accept(mut socket: TcpStream) -> Hung {
    key(&mut socket).await?;
    let head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    socket.write_all(head.as_bytes()).await?;
    tokio::io::copy(&mut socket, &mut tokio::io::sink())
        .await
        .map(|_| ())
}

/// A 101 to something else.
pub(crate) async fn other_protocol(mut socket: TcpStream) -> Hung {
    key(&mut socket).await?;
    let head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n";
    socket.write_all(head.as_bytes()).await?;
    tokio::io::copy(&mut socket, &mut tokio::io::sink())
        .await
        .map(|_| ())
}
