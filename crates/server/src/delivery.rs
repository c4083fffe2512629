//! Where notices of memories go: webhooks and files, by the ARN that a memory names; and where conversations go that
//! strategies hand to their owners: our own buckets.

mod file;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use config::Destination;
use http::HeaderName;
use http::header::HeaderValue;
use inference::ModelError;
use inference_http::authorize::HeaderKey;
use inference_http::{Connection, Http, Timeouts};
use memory::outside::{Buckets, Courier, Notice, Undeliverable};
use s3_door::Objects;
use stdx::{BoxFuture, Clock, Rng};
use store::{BlobInfo, Write};

use crate::compose::StartError;
use file::Lines;

/// What a notice is known by, so that a receiver can tell that it has it already.
const NOTICE_ID: HeaderName = HeaderName::from_static("x-freehold-notice-id");
/// How long a receiver may take to say that it has a notice.
const PATIENCE: Duration = Duration::from_secs(15);

/// Webhooks and files by ARN.
pub(crate) struct Deliveries {
    places: BTreeMap<String, Place>,
}

enum Place {
    Webhook(Http),
    File(Lines),
}

impl Deliveries {
    /// Those of the configuration.
    pub(crate) fn new<'a>(
        places: impl Iterator<Item = (&'a String, &'a Destination)>,
        clock: &Arc<dyn Clock>,
        rng: &Arc<dyn Rng>,
    ) -> Result<Self, StartError> {
        let place = |(arn, destination): (&String, &Destination)| {
            let place = match destination {
                Destination::File(path) => Place::File(Lines::new(path.clone())),
                Destination::Webhook(url) => {
                    let connection = Connection {
                        timeouts: Timeouts { first_byte: PATIENCE, ..Timeouts::default() },
                        // The memory tries again itself, and rests in between.
                        retries: 0,
                        ..Connection::new(arn, url)
                    };
                    let http = Http::new(connection, Arc::clone(clock), Arc::clone(rng));
                    Place::Webhook(http.map_err(|source| StartError::Webhook { arn: arn.clone(), source })?)
                }
            };
            Ok((arn.clone(), place))
        };
        Ok(Self { places: places.map(place).collect::<Result<_, StartError>>()? })
    }
}

impl Courier for Deliveries {
    fn knows(&self, to: &str) -> bool {
        self.places.contains_key(to)
    }

    fn deliver<'a>(&'a self, to: &'a str, notice: &'a Notice) -> BoxFuture<'a, Result<(), Undeliverable>> {
        Box::pin(async move {
            match self.places.get(to) {
                Some(Place::Webhook(http)) => post(http, notice).await,
                Some(Place::File(lines)) => {
                    let appended = lines.append(notice.body.to_string()).await;
                    appended.map_err(|reason| Undeliverable { reason, misconfigured: false })
                }
                None => Err(Undeliverable::unknown(to)),
            }
        })
    }
}

/// Any success means that the receiver has it. One that is in order and does not want it has to be changed, or the
/// configuration that names it.
async fn post(http: &Http, notice: &Notice) -> Result<(), Undeliverable> {
    let told = |error: ModelError| Undeliverable {
        reason: error.to_string(),
        misconfigured: !error.kind().is_transient(),
    };
    let mut request = http.post("", &notice.body).map_err(told)?;
    if let Ok(id) = HeaderValue::try_from(&notice.id) {
        request.headers_mut().insert(NOTICE_ID, id);
    }
    http.send(&request, &HeaderKey::bearer(None)).await.map(drop).map_err(told)
}

/// Conversations in our own object store.
pub(crate) struct StoredConversations(pub(crate) Objects);

impl Buckets for StoredConversations {
    fn placing<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        content: BlobInfo,
    ) -> BoxFuture<'a, Result<Vec<Write>, String>> {
        Box::pin(async move {
            let placing = self.0.placing(bucket, key, content, "application/json").await;
            placing.map_err(|error| format!("The conversation cannot be put into the bucket: {error}."))
        })
    }
}

#[cfg(test)]
mod tests;
