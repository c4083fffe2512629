//! S3's operations, one a file. What is not listed here answers 501.

mod abort_multipart_upload;
mod complete_multipart_upload;
mod copy_object;
mod create_bucket;
mod create_multipart_upload;
mod delete_bucket;
mod delete_object;
mod delete_objects;
mod described;
mod get_bucket_location;
mod get_object;
mod head_bucket;
mod head_object;
mod list_buckets;
mod list_multipart_uploads;
mod list_objects;
mod list_objects_v2;
mod list_parts;
mod naming;
mod put_object;
mod upload_part;
mod upload_part_copy;

use std::pin::Pin;

use s3s::dto;
use s3s::{S3, S3Request, S3Response, S3Result};

use crate::objects::Objects;

/// Everything that the protocol library calls.
pub(crate) struct Operations(pub(crate) Objects);

/// The library's trait is made of boxed futures; this is their one form, with the work in the operation's own file.
macro_rules! operations {
    ($($operation:ident: $input:ident => $output:ident,)*) => {
        impl S3 for Operations {
            $(
                fn $operation<'s, 'a>(
                    &'s self,
                    request: S3Request<dto::$input>,
                ) -> Pin<Box<dyn Future<Output = S3Result<S3Response<dto::$output>>> + Send + 'a>>
                where
                    's: 'a,
                    Self: 'a,
                {
                    Box::pin(async move {
                        $operation::handle(&self.0, request).await.map(S3Response::new)
                    })
                }
            )*
        }
    };
}

operations! {
    abort_multipart_upload: AbortMultipartUploadInput => AbortMultipartUploadOutput,
    complete_multipart_upload: CompleteMultipartUploadInput => CompleteMultipartUploadOutput,
    copy_object: CopyObjectInput => CopyObjectOutput,
    create_bucket: CreateBucketInput => CreateBucketOutput,
    create_multipart_upload: CreateMultipartUploadInput => CreateMultipartUploadOutput,
    delete_bucket: DeleteBucketInput => DeleteBucketOutput,
    delete_object: DeleteObjectInput => DeleteObjectOutput,
    delete_objects: DeleteObjectsInput => DeleteObjectsOutput,
    get_bucket_location: GetBucketLocationInput => GetBucketLocationOutput,
    get_object: GetObjectInput => GetObjectOutput,
    head_bucket: HeadBucketInput => HeadBucketOutput,
    head_object: HeadObjectInput => HeadObjectOutput,
    list_buckets: ListBucketsInput => ListBucketsOutput,
    list_multipart_uploads: ListMultipartUploadsInput => ListMultipartUploadsOutput,
    list_objects: ListObjectsInput => ListObjectsOutput,
    list_objects_v2: ListObjectsV2Input => ListObjectsV2Output,
    list_parts: ListPartsInput => ListPartsOutput,
    put_object: PutObjectInput => PutObjectOutput,
    upload_part: UploadPartInput => UploadPartOutput,
    upload_part_copy: UploadPartCopyInput => UploadPartCopyOutput,
}
