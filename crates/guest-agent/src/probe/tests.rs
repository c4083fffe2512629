use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

fn boot(port: u16, ready_within_ms: u64) -> Boot {
    Boot {
        storage: None,
        code_mount: String::new(),
        arguments: Vec::new(),
        environment: Vec::new(),
        working_directory: String::new(),
        user: 1,
        port,
        ready_path: "/ping".to_owned(),
        ready_within_ms,
        processes: 1,
    }
}

/// A program that gives these answers, one a connection.
async fn program(answers: &'static [&'static str]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            let length = stream.read(&mut request).await.unwrap();
            assert!(request[..length].starts_with(b"GET /ping HTTP/1.1\r\n"));
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    port
}

#[tokio::test]
async fn only_a_200_is_ready() {
    let answers = &["HTTP/1.1 503 Later\r\n\r\n", "nonsense\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\nok"];
    let port = program(answers).await;
    let (_exit, exit) = watch::channel(None);
    assert!(matches!(run(&boot(port, 60_000), exit).await, Readiness::Ready { .. }));
}

#[tokio::test]
async fn time_runs_out_with_the_last_thing_seen() {
    let port = program(&["HTTP/1.1 503 Later\r\n\r\n"]).await;
    let (_exit, exit) = watch::channel(None);
    let Readiness::TimedOut { last_probe } = run(&boot(port, 200), exit).await else {
        panic!("it was ready")
    };
    // The listener went away after its one answer.
    assert!(["status 503", "connection refused"].contains(&last_probe.as_str()), "{last_probe}");
}

#[tokio::test]
async fn a_program_that_ended_is_not_waited_for() {
    let ended = ProgramExit { code: Some(3), signal: None };
    let (_exit, exit) = watch::channel(Some(ended));
    assert_eq!(run(&boot(1, 60_000), exit).await, Readiness::Ended { exit: ended });
}
