use crate::{
    Client, Error, Network, Request, Url,
    client::CONNECT_LIMIT,
    header::{HOST, HeaderValue},
    proxies::Proxies,
    trust,
};

/// An https host that stands in for others, reached without any proxy: with a CA of its own, and, where `name` is set,
/// under another name in its TLS certificate (the identity-binding proxy of a cluster).
pub struct Gateway {
    client: Client,
    address: Url,
    name: Option<String>,
}

impl Gateway {
    /// At `address`; `ca` is PEM text, and the system's trust counts where it is absent.
    pub fn new(address: &Url, name: Option<&str>, ca: Option<&[u8]>, network: &Network) -> Result<Self, Error> {
        let mut tls = match ca {
            Some(pem) => trust::roots_config(pem)?,
            None => trust::client_config(&network.without_proxies())?,
        };
        // HTTP/2 would name the URL's host, which is the TLS name here, in place of the gateway.
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        // An address literal has brackets in a URL and none for the resolver.
        let host = address.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let always = name.map(|_| host.to_owned());
        let client = Client::build(tls, Proxies::None, always, CONNECT_LIMIT);
        Ok(Self { client, address: address.clone(), name: name.map(str::to_owned) })
    }

    /// The client to send with what [`Gateway::redirect`] gave.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The request as the gateway takes it: its path below the gateway's own.
    #[must_use]
    pub fn redirect(&self, mut request: Request) -> Request {
        let path = request.url.path().trim_start_matches('/');
        let joined = format!("{}/{path}", self.address.path().trim_end_matches('/'));
        let mut url = self.address.clone();
        url.set_path(&joined);
        url.set_query(request.url.query());
        request.url = url;
        let host = HeaderValue::from_str(&request.host());
        if let (Some(name), Ok(host)) = (&self.name, host) {
            // The TLS name is the URL's host; the host that is asked for stays the gateway.
            if request.url.set_host(Some(name)).is_ok() {
                request.headers.insert(HOST, host);
            }
        }
        request
    }
}
