//! Prints what the proof of one small request costs: `cargo run --release -p authn --example verify_cost`.

#![expect(clippy::print_stdout, reason = "printing the numbers is what this program is for")]

use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use authn::{
    Options, Presented, Request, RootCredentials, RootKey, Secret, Service, SignedBody, Signer, Verifier,
};
use bytes::Bytes;
use stdx::{Clock as _, SystemClock};

const ROUNDS: u32 = 100_000;
const BODY: &[u8] = br#"{"maxResults":100}"#;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let key = RootKey { access_key_id: "AKIDEXAMPLE".to_owned(), secret: Secret::new("secret") };
    let options = Options {
        region: "us-east-1".to_owned(),
        services: vec![Service::new("bedrock-agentcore"), Service::s3(), Service::sts()],
        host_aliases: vec!["bedrock-agentcore.us-east-1.amazonaws.com".to_owned()],
    };
    let store = Arc::new(RootCredentials::new(&key, "000000000000"));
    let verifier = Verifier::new(options, store, Arc::new(SystemClock));

    let signer = Signer {
        access_key_id: key.access_key_id,
        secret: key.secret,
        session_token: None,
        region: "us-east-1".to_owned(),
        service: Service::new("bedrock-agentcore"),
    };
    let path =
        "/runtimes/arn%3Aaws%3Abedrock-agentcore%3Aus-east-1%3A000000000000%3Aruntime%2Fhello-abcdefghij/";
    let request = http::Request::post(format!("http://localhost:7070{path}?qualifier=DEFAULT"))
        .header("content-type", "application/json")
        .header("user-agent", "Boto3/1.43 md/Botocore#1.43 ua/2.1 os/linux lang/python#3.11")
        .header("amz-sdk-invocation-id", "3f2b7a52-7d5e-4c21-9a06-2a5b8a9c7f10")
        .header("amz-sdk-request", "attempt=1")
        .body(())?;
    let (mut parts, ()) = request.into_parts();
    signer.sign(&mut parts, SignedBody::Bytes(BODY), SystemClock.now())?;

    for pass in ["first pass", "again"] {
        let start = Instant::now();
        for _ in 0..ROUNDS {
            let request = Request::from(&parts);
            let presented = Presented::parse(&request)?.ok_or("the request is signed")?;
            verifier.verify_whole(&request, &presented, Bytes::from_static(BODY)).await?;
        }
        let nanoseconds = start.elapsed().as_nanos() / u128::from(ROUNDS);
        println!("{pass}: {nanoseconds} ns for each verification");
    }
    Ok(())
}
