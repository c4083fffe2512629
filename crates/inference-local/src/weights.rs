//! The reader of weights: a safetensors file from a stranger, read once from its first byte to its last.
//!
//! The file is read, not mapped into memory: a mapped file that somebody truncates kills the process that looks at
//! it, and one that somebody changes is not what was checked. Reading in order also gives the digest on the way,
//! of exactly the bytes that were taken. Only the tensors that the model asks for are kept, each only after its
//! shape was found to be the one asked for, so what the file claims never decides how much memory is used.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Read};

use half::{bf16, f16};
use safetensors::tensor::{Dtype, Metadata, TensorInfo};
use sha2::{Digest as _, Sha256};

/// The most that a header may have: names and shapes of some tens of thousands of tensors.
const LONGEST_HEADER: u64 = 4 << 20;
/// How much is read at a time; a whole number of elements of each type.
const STEP: usize = 64 << 10;

/// The tensors that a model consists of: names and shapes.
pub type Shapes = BTreeMap<String, Vec<usize>>;

/// The tensors of a model as 32-bit numbers, with the digest of the file that they are from.
#[derive(Debug)]
pub struct Weights {
    tensors: HashMap<String, Vec<f32>>,
    digest: [u8; 32],
}

/// What is wrong with a file of weights.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// There are fewer bytes than the file's own header says, or none at all.
    #[error("it ends in the middle; it was cut off on its way here")]
    Truncated,
    /// There are more bytes than the header accounts for.
    #[error("{0} bytes of it belong to no tensor")]
    Surplus(u64),
    /// The header's size is out of all proportion.
    #[error("it claims a header of {0} bytes; either it is damaged, or it is no safetensors file")]
    HeaderSize(u64),
    /// The header is not what the format asks for.
    #[error("its header is not understood: {0}")]
    Header(#[source] serde_json::Error),
    /// A tensor is not there.
    #[error("it has no tensor {0}")]
    Missing(String),
    /// A tensor is there with and without a prefix.
    #[error("it has the tensor {0} twice")]
    Twice(String),
    /// A tensor has another shape than the configuration says.
    #[error("its tensor {name} has the shape {found:?}; the configuration asks for {wanted:?}")]
    Shape {
        /// The tensor.
        name: String,
        /// What the file says.
        found: Vec<usize>,
        /// What the configuration says.
        wanted: Vec<usize>,
    },
    /// A tensor's numbers are of a type that is not supported.
    #[error("its tensor {name} is of type {found}; supported are F32, F16 and BF16")]
    Type {
        /// The tensor.
        name: String,
        /// Its type.
        found: Dtype,
    },
    /// A tensor holds infinities or what is no number.
    #[error("its tensor {0} holds what is no finite number")]
    NotFinite(String),
    /// The file cannot be read on.
    #[error("reading it failed")]
    Read(#[source] io::Error),
}

impl Weights {
    /// Reads the tensors of these shapes from a file of `length` bytes. Others are passed over.
    pub fn read(source: impl Read, length: u64, wanted: &Shapes) -> Result<Self, WeightsError> {
        let mut source = Hashing { source, hasher: Sha256::new() };
        let header = header(&mut source, length)?;
        let mut tensors = HashMap::new();
        for name in header.offset_keys() {
            let info = header.info(&name).expect("the header was asked for its own names");
            let plain = name.strip_prefix("bert.").unwrap_or(&name);
            let Some(shape) = wanted.get(plain) else {
                source.pass_over(info.data_offsets.1 - info.data_offsets.0)?;
                continue;
            };
            let numbers = source.tensor(plain, info, shape)?;
            if tensors.insert(plain.to_owned(), numbers).is_some() {
                return Err(WeightsError::Twice(plain.to_owned()));
            }
        }
        if let Some(missing) = wanted.keys().find(|name| !tensors.contains_key(*name)) {
            return Err(WeightsError::Missing(missing.clone()));
        }
        Ok(Self { tensors, digest: source.hasher.finalize().into() })
    }

    /// SHA-256 of the file.
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// Takes out one of the tensors that were asked for.
    pub(crate) fn take(&mut self, name: &str) -> Vec<f32> {
        self.tensors.remove(name).expect("each tensor that was asked for is taken once")
    }
}

/// Names, shapes and places, which cover the rest of the file without gap or overlap.
fn header(source: &mut Hashing<impl Read>, length: u64) -> Result<Metadata, WeightsError> {
    let mut size = [0; 8];
    source.fill(&mut size)?;
    let size = u64::from_le_bytes(size);
    if size > LONGEST_HEADER {
        return Err(WeightsError::HeaderSize(size));
    }
    let Some(content) = length.checked_sub(8 + size) else { return Err(WeightsError::Truncated) };
    let mut text = vec![0; usize::try_from(size).expect("it is at most LONGEST_HEADER")];
    source.fill(&mut text)?;
    let header: Metadata = serde_json::from_slice(&text).map_err(WeightsError::Header)?;
    let claimed = header.data_len() as u64;
    if claimed > content {
        return Err(WeightsError::Truncated);
    }
    if claimed < content {
        return Err(WeightsError::Surplus(content - claimed));
    }
    Ok(header)
}

/// A source whose bytes are hashed as they are read.
struct Hashing<R> {
    source: R,
    hasher: Sha256,
}

impl<R: Read> Hashing<R> {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), WeightsError> {
        self.source.read_exact(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => WeightsError::Truncated,
            _ => WeightsError::Read(error),
        })?;
        self.hasher.update(buffer);
        Ok(())
    }

    fn pass_over(&mut self, bytes: usize) -> Result<(), WeightsError> {
        self.in_steps(bytes, |_| {})
    }

    fn in_steps(&mut self, bytes: usize, mut take: impl FnMut(&[u8])) -> Result<(), WeightsError> {
        let mut buffer = [0; STEP];
        let mut left = bytes;
        while left > 0 {
            let step = &mut buffer[..left.min(STEP)];
            self.fill(step)?;
            take(step);
            left -= step.len();
        }
        Ok(())
    }

    fn tensor(&mut self, name: &str, info: &TensorInfo, shape: &[usize]) -> Result<Vec<f32>, WeightsError> {
        if info.shape != shape {
            let (found, wanted) = (info.shape.clone(), shape.to_vec());
            return Err(WeightsError::Shape { name: name.to_owned(), found, wanted });
        }
        let read: fn(&[u8], &mut Vec<f32>) = match info.dtype {
            Dtype::F32 => |bytes, numbers| numbers.extend(groups(bytes).map(f32::from_le_bytes)),
            Dtype::F16 => |bytes, numbers| {
                numbers.extend(groups(bytes).map(|two| f16::from_le_bytes(two).to_f32()));
            },
            Dtype::BF16 => |bytes, numbers| {
                numbers.extend(groups(bytes).map(|two| bf16::from_le_bytes(two).to_f32()));
            },
            found => return Err(WeightsError::Type { name: name.to_owned(), found }),
        };
        // The header was checked: a tensor has as many bytes as its shape and type say, and the file has them all.
        let mut numbers = Vec::with_capacity(shape.iter().product());
        self.in_steps(info.data_offsets.1 - info.data_offsets.0, |bytes| read(bytes, &mut numbers))?;
        if !numbers.iter().all(|number| number.is_finite()) {
            return Err(WeightsError::NotFinite(name.to_owned()));
        }
        Ok(numbers)
    }
}

fn groups<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> {
    bytes.as_chunks().0.iter().copied()
}
