//! The door itself: HTTP in, HTTP out.

use std::error::Error;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use s3s::Body;
use s3s::config::{S3Config, StaticConfigProvider};
use s3s::service::{S3Service, S3ServiceBuilder};

use crate::access::{Access, Auth, Credentials};
use crate::objects::Objects;
use crate::operations::Operations;

/// Any error.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// What the door answers with.
pub type ResponseBody = BoxBody<Bytes, BoxError>;

/// Bodies that the door takes.
pub trait RequestBody: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static {}

impl<B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static> RequestBody for B {}

/// The largest XML document in a request: a thousand keys of a kilobyte each, with room for their escapes.
const MAX_DOCUMENT: usize = 8 << 20;

/// S3's API. Cheap to clone.
#[derive(Clone)]
pub struct S3Door {
    service: S3Service,
}

impl S3Door {
    /// A door to these objects for the owners of these credentials.
    pub fn new(objects: Objects, credentials: Arc<dyn Credentials>) -> Self {
        let mut config = S3Config::default();
        config.xml_max_body_size = MAX_DOCUMENT;
        let region = objects.setting.region.clone();
        let mut builder = S3ServiceBuilder::new(Operations(objects));
        builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(config))));
        builder.set_auth(Auth(credentials));
        builder.set_access(Access { region });
        Self { service: builder.build() }
    }

    /// Answers a request. Errors are answers too.
    pub async fn call<B: RequestBody>(&self, request: Request<B>) -> Response<ResponseBody> {
        if is_form(request.method(), request.headers()) {
            return refuse(
                StatusCode::NOT_IMPLEMENTED,
                "NotImplemented",
                "Uploads by browser forms are not implemented.",
            );
        }
        let expectation = Expectation::of(&request);
        let request = request.map(|body| Body::http_body_unsync(body.map_err(Into::into)));
        match self.service.call(request).await {
            Ok(mut response) => {
                expectation.settle(&mut response);
                response.map(|body| BoxBody::new(body.map_err(Into::into)))
            }
            Err(error) => {
                tracing::error!(?error, "the S3 door failed");
                refuse(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", "The server failed.")
            }
        }
    }
}

/// boto3 asks for `100 Continue` before it sends a body, and cannot use a connection again on which it got another
/// answer first. Such answers close the connection, as they do at AWS.
struct Expectation {
    asked: bool,
    bodyless: bool,
}

impl Expectation {
    fn of<B>(request: &Request<B>) -> Self {
        let headers = request.headers();
        Self {
            asked: request.version() <= http::Version::HTTP_11 && headers.contains_key(http::header::EXPECT),
            bodyless: headers.get(http::header::CONTENT_LENGTH).is_some_and(|length| length == "0"),
        }
    }

    fn settle(&self, response: &mut Response<Body>) {
        if self.asked && (self.bodyless || !response.status().is_success()) {
            let close = http::HeaderValue::from_static("close");
            response.headers_mut().insert(http::header::CONNECTION, close);
        }
    }
}

/// The protocol library reads the whole form into memory before it looks at who sent it.
fn is_form(method: &Method, headers: &HeaderMap) -> bool {
    let kind = headers.get(http::header::CONTENT_TYPE).map(http::HeaderValue::as_bytes).unwrap_or_default();
    method == Method::POST && kind.to_ascii_lowercase().starts_with(b"multipart/")
}

fn refuse(status: StatusCode, code: &str, message: &str) -> Response<ResponseBody> {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    let body = BoxBody::new(Full::new(Bytes::from(text)).map_err(|never| match never {}));
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("application/xml"));
    response
}

/// Whether a request on a port that several services share is signed for S3.
pub fn is_addressed<B>(request: &Request<B>) -> bool {
    let header = request.headers().get(http::header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let scope = match (header, request.uri().query()) {
        (Some(header), _) => header.split(',').find(|field| field.contains("Credential=")),
        (None, Some(query)) => query.split('&').find(|field| field.starts_with("X-Amz-Credential=")),
        (None, None) => None,
    };
    scope.is_some_and(|scope| scope.contains("/s3/aws4_request") || scope.contains("%2Fs3%2Faws4_request"))
}
