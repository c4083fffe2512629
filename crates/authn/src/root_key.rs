//! The first access key, made when a data directory is first used.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use fault::Fault;
use rustix::fs::{CWD, OFlags, RenameFlags, renameat_with};
use serde::{Deserialize, Serialize};
use stdx::{BoxFuture, Rng};
use zeroize::Zeroizing;

use crate::credential::{Credential, CredentialStore, Principal, Secret};

const FILE: &str = "root-key.json";
const ID_ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const SECRET_LENGTH: usize = 40;

/// The root access key of a data directory.
#[derive(Clone, Debug)]
pub struct RootKey {
    /// The access key id, in AWS's form: `AKIA` and 16 characters.
    pub access_key_id: String,
    /// The secret access key.
    pub secret: Secret,
}

/// A root key that cannot be read or made.
#[derive(Debug, thiserror::Error)]
pub enum RootKeyError {
    /// Others could read or change the key.
    #[error(
        "{path}: its mode is {mode:04o}, so others than its owner may use the key; run `chmod 600` on it"
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file is not what we wrote.
    #[error("{path}: not a root key; restore it, or remove it to have a new one made")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What does not fit, if the file is JSON at all.
        #[source]
        source: Option<serde_json::Error>,
    },
    /// The system refused.
    #[error("{path}: cannot {action}")]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    access_key_id: String,
    secret_access_key: Zeroizing<String>,
}

impl RootKey {
    /// Reads the key of a data directory; makes it if there is none. Blocks on the disk.
    pub fn load_or_create(directory: &Path, rng: &dyn Rng) -> Result<Self, RootKeyError> {
        let path = directory.join(FILE);
        if let Some(key) = Self::load(&path)? {
            return Ok(key);
        }
        Self::generate(rng).write(directory, &path, rng)?;
        // Whoever was first: two processes that start together must agree on one key.
        Self::load(&path)?
            .ok_or_else(|| failed(&path, "read back the new key")(io::ErrorKind::NotFound.into()))
    }

    /// Reads the key of a data directory, if there is one. Blocks on the disk.
    pub fn find(directory: &Path) -> Result<Option<Self>, RootKeyError> {
        Self::load(&directory.join(FILE))
    }

    fn load(path: &Path) -> Result<Option<Self>, RootKeyError> {
        let no_follow = OFlags::NOFOLLOW.bits().cast_signed();
        let mut file = match OpenOptions::new().read(true).custom_flags(no_follow).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(path, "open the root key")(error)),
        };
        let mode = file.metadata().map_err(failed(path, "inspect the root key"))?.mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(RootKeyError::Exposed { path: path.to_owned(), mode });
        }
        let mut text = Zeroizing::new(String::new());
        file.read_to_string(&mut text).map_err(failed(path, "read the root key"))?;
        let malformed = |source| RootKeyError::Malformed { path: path.to_owned(), source };
        let stored: Stored = serde_json::from_str(&text).map_err(|error| malformed(Some(error)))?;
        if stored.access_key_id.is_empty() || stored.secret_access_key.is_empty() {
            return Err(malformed(None));
        }
        let secret = Secret::new(stored.secret_access_key.as_str());
        Ok(Some(Self { access_key_id: stored.access_key_id, secret }))
    }

    fn generate(rng: &dyn Rng) -> Self {
        let mut random = [0; 16];
        rng.fill(&mut random);
        let letters = random.map(|byte| char::from(ID_ALPHABET[usize::from(byte) % ID_ALPHABET.len()]));
        let access_key_id = format!("AKIA{}", String::from_iter(letters));
        Self { access_key_id, secret: Secret::new(rng.alphanumeric(SECRET_LENGTH)) }
    }

    /// Writes the key beside its place, complete and durable, and then moves it there unless one is there.
    fn write(&self, directory: &Path, path: &Path, rng: &dyn Rng) -> Result<(), RootKeyError> {
        let stored = Stored {
            access_key_id: self.access_key_id.clone(),
            secret_access_key: Zeroizing::new(self.secret.expose().to_owned()),
        };
        let text = serde_json::to_string_pretty(&stored).expect("two strings are always JSON");
        let text = Zeroizing::new(text + "\n");
        let draft = directory.join(format!(".{FILE}.{}", rng.alphanumeric(12)));
        let written = write_new(&draft, text.as_bytes()).map_err(failed(&draft, "write the root key"));
        let moved =
            written.and_then(|()| match renameat_with(CWD, &draft, CWD, path, RenameFlags::NOREPLACE) {
                Ok(()) => Ok(()),
                Err(rustix::io::Errno::EXIST) => {
                    fs::remove_file(&draft).map_err(failed(&draft, "remove the draft"))
                }
                Err(error) => Err(failed(path, "move the root key to its place")(error.into())),
            });
        if moved.is_err() {
            // The error that matters is the one above; a draft that cannot be removed is only litter.
            let _ = fs::remove_file(&draft);
        }
        moved?;
        let sync = File::open(directory).and_then(|directory| directory.sync_all());
        sync.map_err(failed(directory, "make the root key durable"))
    }
}

fn write_new(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text)?;
    file.sync_all()
}

fn failed(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> RootKeyError {
    let path = path.to_owned();
    move |source| RootKeyError::Io { path, action, source }
}

/// The store that knows the root key and no other.
#[derive(Clone, Debug)]
pub struct RootCredentials {
    access_key_id: String,
    credential: Credential,
}

impl RootCredentials {
    /// The root key as the root of `account`.
    pub fn new(key: &RootKey, account: &str) -> Self {
        let principal = Principal::root(account, &key.access_key_id);
        Self {
            access_key_id: key.access_key_id.clone(),
            credential: Credential::long_term(key.secret.clone(), principal),
        }
    }
}

impl CredentialStore for RootCredentials {
    fn find<'a>(&'a self, access_key_id: &'a str) -> BoxFuture<'a, Result<Option<Credential>, Fault>> {
        let found = (access_key_id == self.access_key_id).then(|| self.credential.clone());
        Box::pin(std::future::ready(Ok(found)))
    }
}
