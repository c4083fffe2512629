use std::io::Write;

use super::*;
use crate::port::tests::pair;

fn wake() -> Hello {
    let entropy = "00".repeat(64);
    let (hostname, boot_id) = ("host".to_owned(), "1-2".to_owned());
    Hello::Wake { wake: Wake { epoch_ns: 1, hostname, boot_id, entropy, storage: None } }
}

#[tokio::test]
async fn a_hello_is_heard_through_noise_and_what_follows_is_kept() {
    let (port, mut host) = pair();
    let mut scanner = Scanner::new(HOST_MARK);
    host.write_all(b"the rest of an old connection").unwrap();
    host.write_all(&encode(&HOST_MARK, &wake()).unwrap()).unwrap();
    host.write_all(b"PRI * HTTP/2.0").unwrap();
    let hello = hear(&port, &mut scanner, Duration::MAX).await.unwrap();
    assert_eq!(hello, Some(Ok(wake())));
    assert_eq!(scanner.into_rest(), b"PRI * HTTP/2.0");
}

#[tokio::test]
async fn a_malformed_hello_is_told_and_the_next_one_heard() {
    let (port, mut host) = pair();
    let mut scanner = Scanner::new(HOST_MARK);
    host.write_all(&encode(&HOST_MARK, &"no hello").unwrap()).unwrap();
    host.write_all(&encode(&HOST_MARK, &wake()).unwrap()).unwrap();
    assert!(matches!(hear(&port, &mut scanner, Duration::MAX).await.unwrap(), Some(Err(_))));
    assert_eq!(hear(&port, &mut scanner, Duration::MAX).await.unwrap(), Some(Ok(wake())));
}

#[tokio::test(start_paused = true)]
async fn a_host_that_stays_away_is_given_up() {
    let (port, host) = pair();
    drop(host);
    let heard = hear(&port, &mut Scanner::new(HOST_MARK), ABSENCE).await.unwrap();
    assert_eq!(heard, None);
}

#[test]
fn a_machine_that_was_not_booted_cannot_wake() {
    assert!(obey(wake(), &mut None).unwrap_err().contains("not booted"));
}
