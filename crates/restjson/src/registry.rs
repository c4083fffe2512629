//! Which operations there are, who handles them, and the way from a request to its answer.

use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use fault::{Fault, Kind};
use http::header::ALLOW;
use http::{HeaderValue, Method, StatusCode};
use serde_json::{Value, json};
use stdx::{BoxFuture, ByteStream};

use crate::bind::{answer, lift};
use crate::call::{Call, Context};
use crate::document::{FromDocument, Reader};
use crate::error::ErrorShape;
use crate::handle::{Handle, IntoReply, Operation, Reply};
use crate::message::{Request, Response};
use crate::router::{Miss, Router};
use crate::rule::ANY;
use crate::spec::{OperationSpec, Payload, Service};

/// All operations, and the handlers of those that are built.
pub struct Registry {
    operations: Vec<&'static OperationSpec>,
    positions: HashMap<(Service, &'static str), usize>,
    router: Router,
    endpoints: Vec<Option<Box<dyn Endpoint>>>,
}

/// Where a request goes.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// The operation.
    pub spec: &'static OperationSpec,
    position: usize,
}

/// Why a request goes nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoRoute(Miss);

/// Whether an operation is built.
#[derive(Clone, Copy, Debug)]
pub struct Coverage {
    /// The operation.
    pub spec: &'static OperationSpec,
    /// Whether somebody handles it.
    pub implemented: bool,
}

impl Registry {
    /// A registry of these operations, none of which is handled yet.
    pub fn new(services: &[&[&'static OperationSpec]]) -> Self {
        let operations = services.concat();
        let positions =
            operations.iter().enumerate().map(|(position, spec)| ((spec.service, spec.name), position));
        Self {
            positions: positions.collect(),
            router: Router::new(&operations),
            endpoints: operations.iter().map(|_| None).collect(),
            operations,
        }
    }

    /// Has `handler` handle the operation `O`.
    ///
    /// # Panics
    /// If the registry does not hold the operation, or if somebody handles it already.
    #[must_use]
    pub fn on<O: Operation>(mut self, handler: Arc<impl Handle<O>>) -> Self {
        let key = (O::SPEC.service, O::SPEC.name);
        let position =
            *self.positions.get(&key).expect("the registry was made with this operation's service");
        let earlier =
            self.endpoints[position].replace(Box::new(Bound { handler, operation: PhantomData::<fn(O)> }));
        assert!(earlier.is_none(), "{} is handled twice", O::SPEC.name);
        self
    }

    /// Every operation, and whether it is built.
    pub fn coverage(&self) -> impl Iterator<Item = Coverage> {
        let endpoints = self.operations.iter().zip(&self.endpoints);
        endpoints.map(|(spec, endpoint)| Coverage { spec, implemented: endpoint.is_some() })
    }

    /// Where a request with this method and raw path goes; known before its body is read.
    pub fn resolve(&self, method: &Method, raw_path: &str) -> Result<Route, NoRoute> {
        let position = self.router.find(method, raw_path).map_err(NoRoute)?;
        Ok(Route { spec: self.operations[position], position })
    }

    /// Serves a request along its route. Every failure is an answer, too.
    pub async fn dispatch(&self, route: Route, request: Request, context: Context) -> Response {
        let request_id = context.request_id.clone();
        let outcome = self.serve(route, request, context).await;
        let response = outcome.and_then(|reply| answer(route.spec, reply, &request_id));
        response.unwrap_or_else(|fault| Response::from_fault(Some(route.spec), fault, &request_id))
    }

    async fn serve(&self, route: Route, mut request: Request, context: Context) -> fault::Result<Reply> {
        let spec = route.spec;
        let Some(endpoint) = &self.endpoints[route.position] else {
            let message = format!("The operation {} is not implemented yet.", spec.name);
            return Err(Fault::new(Kind::NotImplemented, message));
        };
        let lifted = lift(spec, &mut request)?;
        let call = Call::new(spec, context, request.headers, &lifted.document);
        endpoint.run(call, lifted.document, lifted.stream).await
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let implemented = self.endpoints.iter().flatten().count();
        write!(formatter, "Registry({implemented} of {} operations)", self.operations.len())
    }
}

impl Route {
    /// Whether the body has to be read whole before the request is dispatched; otherwise it goes on as a stream, or
    /// is of no interest.
    pub fn wants_document(&self) -> bool {
        matches!(self.spec.request, Payload::Members | Payload::Document(_))
    }

    /// Whether the body goes on to the handler as a stream.
    pub fn wants_stream(&self) -> bool {
        matches!(self.spec.request, Payload::Blob(_))
    }
}

impl NoRoute {
    /// The answer.
    pub fn into_response(self, request_id: &str) -> Response {
        let message = match &self.0 {
            Miss::Path => "No operation has this path.".to_owned(),
            Miss::Method(methods) => {
                format!("No operation has this path with this method, only with {}.", list(methods))
            }
        };
        let mut response =
            Response::error(ErrorShape::UnknownOperation, &json!({ "message": message }), request_id);
        if let Miss::Method(methods) = self.0 {
            response.status = StatusCode::METHOD_NOT_ALLOWED;
            let allow = HeaderValue::from_str(&list(&methods)).expect("names of methods are header values");
            response.headers.insert(ALLOW, allow);
        }
        response
    }
}

fn list(methods: &[Method]) -> String {
    methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ")
}

/// A handler whose operation's types are forgotten.
trait Endpoint: Send + Sync {
    fn run(
        &self,
        call: Call,
        document: Value,
        stream: Option<ByteStream>,
    ) -> BoxFuture<'_, fault::Result<Reply>>;
}

struct Bound<O, H> {
    handler: Arc<H>,
    operation: PhantomData<fn(O)>,
}

impl<O: Operation, H: Handle<O>> Endpoint for Bound<O, H> {
    fn run(
        &self,
        call: Call,
        document: Value,
        stream: Option<ByteStream>,
    ) -> BoxFuture<'_, fault::Result<Reply>> {
        Box::pin(async move {
            let mut reader = stream.map_or_else(Reader::new, Reader::with_stream);
            let input = O::Input::read(document, &ANY, &mut reader);
            let input = reader.finish(input)?;
            let output = self.handler.handle(&call, input).await?;
            Ok(output.into_reply())
        })
    }
}
