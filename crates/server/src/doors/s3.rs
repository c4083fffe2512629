//! S3: the door checks signatures itself, since they sign their bodies in ways of their own.

use http::Request;
use http::request::Parts;
use hyper::body::Incoming;

use crate::body::Answer;
use crate::services::{Answered, Services};

pub(crate) async fn answer(services: &Services, parts: Parts, body: Incoming) -> Answered {
    let operation = match parts.method.as_str() {
        "GET" => "Get",
        "PUT" => "Put",
        "HEAD" => "Head",
        "DELETE" => "Delete",
        "POST" => "Post",
        _ => "Other",
    };
    let response = services.objects.call(Request::from_parts(parts, body)).await.map(Answer::Object);
    Answered { door: "s3", operation, response }
}
