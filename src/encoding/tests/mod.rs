//! The private parsers from inside: against serde_json, at every limit, and through every serde shape.

mod against_serde_json;
mod base64url_text;
mod edges;
mod fast_paths;
mod grammar;
mod hidden_errors;
mod limits_of_a_text;
mod shapes;
mod support;
mod visitors_that_stop_early;
