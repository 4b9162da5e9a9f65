//! The FastCGI authorizer: asked by hand with records as wrong as can be, then by a real Apache and a real lighttpd with
//! the configurations of `examples/gate/`.

pub(crate) mod authorizer;
mod hostile;
mod in_hand;
mod listener;
mod records;
mod scene;
mod servers;
