use super::*;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// Not the effect, which would have to be timed, but what the system is told.
#[tokio::test]
async fn a_young_connection_acknowledges_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address: Uri = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let tcp = HttpConnector::new_with_resolver(Names(None));
    let (prompt, accepted) = tokio::join!(Tcp(tcp).call(address), listener.accept());
    let (mut prompt, mut other) = (TokioIo::new(prompt.unwrap()), accepted.unwrap().0);
    for read in 1..=YOUNG + 1 {
        prompt.inner().stream.inner().set_quickack(false).unwrap();
        other.write_u8(read).await.unwrap();
        assert_eq!(prompt.read_u8().await.unwrap(), read);
        assert_eq!(prompt.inner().stream.inner().quickack().unwrap(), read <= YOUNG, "at read {read}");
    }
}
