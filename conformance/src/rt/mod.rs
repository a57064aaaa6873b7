//! Time and tasks for what waits for sockets: tokio's, or those of the browser that runs the WebAssembly.
//!
//! | module | what |
//! |---|---|
//! | `native` | tokio's, which need a tokio runtime |
//! | `web` | the browser's, in a page or a Web Worker (`wasm32-unknown-unknown`) |

#[cfg(not(target_family = "wasm"))]
mod native;
#[cfg(target_family = "wasm")]
mod web;

#[cfg(not(target_family = "wasm"))]
pub(crate) use self::native::*;
#[cfg(target_family = "wasm")]
pub(crate) use self::web::*;
