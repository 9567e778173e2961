//! Makes the RSA keys of the simulated world, once per build: ring cannot generate RSA keys, and a key in the
//! repository would alarm every secret scanner.

use rsa::pkcs8::{EncodePrivateKey, LineEnding};
use rsa::{Generate, PrivateKey};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let folder = std::path::PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    for name in ["service", "app", "stranger"] {
        let pem = PrivateKey::generate().to_pkcs8_pem(LineEnding::LF).expect("a PEM text");
        std::fs::write(folder.join(format!("{name}.pem")), pem.as_bytes()).expect("a file in OUT_DIR");
    }
}
