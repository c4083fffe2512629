//! Texts from a fixed set.

/// Defines an enum of the model with the text of each value, and everything that goes with it.
///
/// An unknown text is refused in requests: the service could not act on it.
#[macro_export]
macro_rules! enumeration {
    ($(#[$attribute:meta])* $name:ident { $($variant:ident = $text:literal,)+ }) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $(#[doc = concat!("`", $text, "`")] $variant,)+
        }

        impl $name {
            /// Every value, in the model's order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The value as it travels.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// The value that travels as `text`.
            pub fn parse(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }

        impl $crate::FromDocument for $name {
            fn read(
                value: $crate::Value,
                _: &'static $crate::Rule,
                reader: &mut $crate::Reader,
            ) -> Option<Self> {
                let read = value.as_str().and_then(Self::parse);
                if read.is_none() {
                    reader.fault(concat!("must be one of" $(, " ", $text)+));
                }
                read
            }
        }

        impl $crate::IntoDocument for $name {
            fn into_document(self) -> $crate::Value {
                self.as_str().into()
            }
        }
    };
}
