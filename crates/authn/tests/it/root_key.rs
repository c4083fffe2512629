//! The file of the first key.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};

use authn::{CredentialStore as _, RootCredentials, RootKey, RootKeyError};
use stdx::{SeededRng, SystemRng};
use tempfile::TempDir;

#[test]
fn the_first_start_makes_a_key_and_the_next_finds_it() {
    let directory = TempDir::new().unwrap();
    let first = RootKey::load_or_create(directory.path(), &SystemRng).unwrap();
    let second = RootKey::load_or_create(directory.path(), &SystemRng).unwrap();
    assert_eq!(first.access_key_id, second.access_key_id);
    assert_eq!(first.secret.expose(), second.secret.expose());
    assert_eq!((first.access_key_id.len(), first.secret.expose().len()), (20, 40));
    assert!(first.access_key_id.starts_with("AKIA"));

    let files: Vec<_> = fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files, [directory.path().join("root-key.json")], "no draft is left");
    assert_eq!(fs::metadata(&files[0]).unwrap().permissions().mode() & 0o7777, 0o600);
}

#[test]
fn processes_that_start_together_agree_on_one_key() {
    let directory = TempDir::new().unwrap();
    let start =
        |seed| RootKey::load_or_create(directory.path(), &SeededRng::new(seed)).unwrap().access_key_id;
    let ids: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|seed| scope.spawn(move || start(seed))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn a_key_that_others_can_reach_is_refused() {
    let directory = TempDir::new().unwrap();
    let secret = RootKey::load_or_create(directory.path(), &SystemRng).unwrap().secret;
    let file = directory.path().join("root-key.json");
    for mode in [0o640, 0o604, 0o620, 0o601] {
        fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
        let error = RootKey::load_or_create(directory.path(), &SystemRng).unwrap_err();
        assert!(matches!(error, RootKeyError::Exposed { .. }));
        assert!(error.to_string().contains(&format!("{mode:04o}")));
        assert!(!format!("{error:?}").contains(secret.expose()));
    }
}

#[test]
fn a_file_that_is_no_key_is_refused_and_kept() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("root-key.json");
    for text in ["", "{}", r#"{"accessKeyId":"","secretAccessKey":"x"}"#] {
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
        let error = RootKey::load_or_create(directory.path(), &SystemRng).unwrap_err();
        assert!(matches!(error, RootKeyError::Malformed { .. }), "{error:?}");
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }
}

#[test]
fn a_link_is_not_followed() {
    let directory = TempDir::new().unwrap();
    symlink("/dev/null", directory.path().join("root-key.json")).unwrap();
    let error = RootKey::load_or_create(directory.path(), &SystemRng).unwrap_err();
    assert!(matches!(error, RootKeyError::Io { .. }));
}

#[tokio::test]
async fn the_root_key_is_the_root_of_its_account() {
    let directory = TempDir::new().unwrap();
    let key = RootKey::load_or_create(directory.path(), &SystemRng).unwrap();
    let store = RootCredentials::new(&key, "123456789012");
    let found = store.find(&key.access_key_id).await.unwrap().unwrap();
    assert_eq!(found.principal.arn, "arn:aws:iam::123456789012:root");
    assert_eq!(found.principal.user_id, "123456789012");
    assert!(store.find("AKIDOTHER").await.unwrap().is_none());
}
