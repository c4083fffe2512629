//! Who is calling: SigV4 in all its forms, to a principal.
