//! Lists, maps, boxes and absent values.

use std::collections::BTreeMap;

use serde_json::Value;

use super::scalars::check_size;
use super::{FromDocument, IntoDocument, Reader};
use crate::rule::{ANY, Rule};

impl<T: FromDocument> FromDocument for Vec<T> {
    fn read(value: Value, rule: &'static Rule, reader: &mut Reader) -> Option<Self> {
        let Value::Array(values) = value else {
            reader.fault("must be a list");
            return None;
        };
        check_size(values.len(), rule, "items", reader)?;
        let items = rule.items.unwrap_or(&ANY);
        let mut list = Self::with_capacity(values.len());
        let mut whole = true;
        for (index, value) in values.into_iter().enumerate().filter(|(_, value)| !value.is_null()) {
            match reader.item(index, value, items) {
                Some(item) => list.push(item),
                None => whole = false,
            }
        }
        whole.then_some(list)
    }
}

impl<T: IntoDocument> IntoDocument for Vec<T> {
    fn into_document(self) -> Value {
        Value::Array(self.into_iter().map(T::into_document).collect())
    }
}

impl<T: FromDocument> FromDocument for BTreeMap<String, T> {
    fn read(value: Value, rule: &'static Rule, reader: &mut Reader) -> Option<Self> {
        let Value::Object(entries) = value else {
            reader.fault("must be an object");
            return None;
        };
        check_size(entries.len(), rule, "entries", reader)?;
        let mut map = Self::new();
        let mut whole = true;
        for (key, value) in entries.into_iter().filter(|(_, value)| !value.is_null()) {
            match reader.entry(key, value, rule) {
                Some((key, value)) => {
                    map.insert(key, value);
                }
                None => whole = false,
            }
        }
        whole.then_some(map)
    }
}

impl<T: IntoDocument> IntoDocument for BTreeMap<String, T> {
    fn into_document(self) -> Value {
        Value::Object(self.into_iter().map(|(key, value)| (key, value.into_document())).collect())
    }
}

impl<T: FromDocument> FromDocument for Box<T> {
    fn read(value: Value, rule: &'static Rule, reader: &mut Reader) -> Option<Self> {
        T::read(value, rule, reader).map(Self::new)
    }
}

impl<T: IntoDocument> IntoDocument for Box<T> {
    fn into_document(self) -> Value {
        (*self).into_document()
    }
}

impl<T: IntoDocument> IntoDocument for Option<T> {
    fn into_document(self) -> Value {
        self.map_or(Value::Null, T::into_document)
    }
}
