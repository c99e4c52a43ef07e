//! Writers who meet, in every order of their requests to the table, and with every fault of one of
//! them: a crash after any answer with the sender's repeat, and a write whose answer is lost and
//! that the client makes again. Nothing is drawn by lot; how all of it is gone through is said in
//! `shared/testkit/src/explore.rs`.

mod claiming;
mod ending;
mod meeting;
mod posting;
mod registering;
mod soundness;
mod waiting;
