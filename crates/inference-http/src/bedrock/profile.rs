//! Profiles in AWS's credentials file.

use std::path::{Path, PathBuf};

use authn::Secret as Held;
use inference::ModelError;
use tokio::io::AsyncReadExt as _;
use zeroize::Zeroizing;

use super::credentials::{Keys, denied};

/// More than any credentials file has.
const LONGEST: u64 = 1 << 20;

/// The access key of a profile.
pub(super) async fn read(name: &str, file: Option<&Path>) -> Result<Keys, ModelError> {
    let path = file.map(Path::to_owned).or_else(usual_file);
    let path = path.ok_or_else(|| denied("there is no home directory in which AWS credentials could be"))?;
    let shown = path.display();
    let mut text = Zeroizing::new(String::new());
    let opened = tokio::fs::File::open(&path).await;
    let file = opened.map_err(|error| {
        let message = format!(
            "there are no AWS credentials: neither AWS_BEARER_TOKEN_BEDROCK nor AWS_ACCESS_KEY_ID is set, and \
             {shown} cannot be read"
        );
        denied(message).because(error)
    })?;
    let complete = file.take(LONGEST).read_to_string(&mut text).await;
    complete.map_err(|error| denied(format!("{shown} cannot be read")).because(error))?;
    find(&text, name).map_err(|what| denied(format!("{shown}: {what}")))
}

fn usual_file() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("AWS_SHARED_CREDENTIALS_FILE").or_else(|| Some(set("HOME")?.join(".aws/credentials")))
}

/// Finds a profile's keys. What is wrong is said without quoting the file.
fn find(text: &str, profile: &str) -> Result<Keys, String> {
    let (mut within, mut found) = (false, false);
    let (mut id, mut secret, mut token) = (None, None, None);
    for line in text.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            within = section.trim() == profile;
            found |= within;
        } else if within
            && !line.starts_with(['#', ';'])
            && let Some((name, value)) = line.split_once('=')
        {
            let value = Some(value.trim()).filter(|value| !value.is_empty());
            match name.trim() {
                "aws_access_key_id" => id = value,
                "aws_secret_access_key" => secret = value,
                "aws_session_token" => token = value,
                _ => {}
            }
        }
    }
    if !found {
        return Err(format!("there is no profile {profile}"));
    }
    let id = id.ok_or_else(|| format!("the profile {profile} has no aws_access_key_id"))?;
    let secret = secret.ok_or_else(|| format!("the profile {profile} has no aws_secret_access_key"))?;
    Ok(Keys { access_key_id: id.to_owned(), secret: Held::new(secret), session_token: token.map(Held::new) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
# comment
[default]
aws_access_key_id = AKIDEFAULT
aws_secret_access_key=abc/def+=

[ work ] ; ours
region = eu-central-1
aws_access_key_id = AKIDWORK
;aws_access_key_id = AKIDOLD
aws_secret_access_key = secret=with=signs
aws_session_token = token
[half]
aws_access_key_id = AKIDHALF
aws_secret_access_key =
";

    #[test]
    fn profiles_are_found() {
        let keys = find(FILE, "default").unwrap();
        assert_eq!((keys.access_key_id.as_str(), keys.secret.expose()), ("AKIDEFAULT", "abc/def+="));
        assert!(keys.session_token.is_none());
        let keys = find(FILE, "work").unwrap();
        assert_eq!((keys.access_key_id.as_str(), keys.secret.expose()), ("AKIDWORK", "secret=with=signs"));
        assert_eq!(keys.session_token.unwrap().expose(), "token");
    }

    #[test]
    fn what_is_missing_is_said_without_secrets() {
        assert_eq!(find(FILE, "play").err().unwrap(), "there is no profile play");
        assert_eq!(find(FILE, "half").err().unwrap(), "the profile half has no aws_secret_access_key");
        assert_eq!(find("", "default").err().unwrap(), "there is no profile default");
    }

    #[tokio::test]
    async fn a_rotated_profile_is_read_anew() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for id in ["AKIDONE", "AKIDTWO"] {
            let text = format!("[default]\naws_access_key_id={id}\naws_secret_access_key=s\n");
            std::fs::write(file.path(), text).unwrap();
            assert_eq!(read("default", Some(file.path())).await.unwrap().access_key_id, id);
        }
    }
}
