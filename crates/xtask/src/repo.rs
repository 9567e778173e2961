//! Where things lie.

use std::path::{Path, PathBuf};

use crate::{Result, run};

/// The paths of this clone.
pub(crate) struct Repo {
    /// The workspace root.
    pub(crate) root: PathBuf,
    /// Cargo's target folder, wherever it was moved to.
    pub(crate) target: PathBuf,
}

impl Repo {
    /// Asks cargo, which knows about `CARGO_TARGET_DIR` and configuration files.
    pub(crate) fn find() -> Result<Self> {
        let root =
            Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).ok_or("xtask lies outside its workspace")?;
        let mut cargo = run::cargo(root);
        let text = run::output(cargo.args(["metadata", "--format-version", "1", "--no-deps"]))?;
        let metadata: serde_json::Value = serde_json::from_str(&text)?;
        let target = metadata["target_directory"].as_str().ok_or("cargo metadata names no target folder")?;
        Ok(Self { root: root.to_path_buf(), target: target.into() })
    }

    /// The module's folder.
    pub(crate) fn module(&self) -> PathBuf {
        self.root.join("powershell").join("ConnectEntra")
    }

    /// The manifest that PowerShell imports.
    pub(crate) fn manifest(&self) -> PathBuf {
        self.module().join("ConnectEntra.psd1")
    }

    /// Downloaded tools; goes away with `cargo clean`.
    pub(crate) fn tools(&self) -> PathBuf {
        self.target.join("tools")
    }

    /// A program or library that cargo built.
    pub(crate) fn built(&self, profile: Profile, file: &str) -> PathBuf {
        self.target.join(profile.folder()).join(file)
    }

    /// Where the module looks for the library on this system.
    pub(crate) fn installed_library(&self) -> PathBuf {
        self.library(&rid(), &library_name())
    }

    /// Where the module looks for the library on a system.
    pub(crate) fn library(&self, rid: &str, name: &str) -> PathBuf {
        self.module().join("runtimes").join(rid).join("native").join(name)
    }
}

/// How the library is built: `Release` is what people load, `Dev` is what `test` builds anyway.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    Dev,
    Release,
}

impl Profile {
    fn folder(self) -> &'static str {
        match self {
            Self::Dev => "debug",
            Self::Release => "release",
        }
    }

    /// What cargo build wants to hear.
    pub(crate) fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Dev => &[],
            Self::Release => &["--release"],
        }
    }
}

/// The system's name in .NET's list of runtime identifiers, for the system xtask was built for.
pub(crate) fn rid() -> String {
    let system = match (std::env::consts::OS, cfg!(target_env = "musl")) {
        ("windows", _) => "win",
        ("macos", _) => "osx",
        (_, true) => "linux-musl",
        (_, false) => "linux",
    };
    format!("{system}-{}", architecture(std::env::consts::ARCH))
}

fn architecture(rust: &str) -> &str {
    match rust {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    }
}

/// The library's file name on this system.
pub(crate) fn library_name() -> String {
    // Rust leaves the prefix out on Windows.
    format!("{}connect_entra{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX)
}

/// A program's file name on this system.
pub(crate) fn program_name(name: &str) -> String {
    format!("{name}{}", std::env::consts::EXE_SUFFIX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runtime_identifier_is_one_that_dotnet_knows() {
        const KNOWN: [&str; 8] = [
            "linux-x64",
            "linux-arm64",
            "linux-musl-x64",
            "linux-musl-arm64",
            "win-x64",
            "win-arm64",
            "osx-x64",
            "osx-arm64",
        ];
        assert!(KNOWN.contains(&rid().as_str()), "{}", rid());
    }
}
