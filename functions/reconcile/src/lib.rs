//! `reconcile`: a shop's own list of orders is held against the books, and the books against
//! themselves; what needs no judgement is repaired, and all of it is reported.

mod site;

pub use site::{Fed, List, Site, SiteFailed};
