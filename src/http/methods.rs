//! An address and the methods that it takes; any other is 405, and told which ones there are (RFC 9110, 15.5.6).
//!
//! It must never take one method for another: HEAD is answered where it is named, since a GET may do something, such as to
//! mint a key or to take a ticket.

use actix_web::dev::{AppService, HttpServiceFactory};
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::{FromRequest, Handler, HttpRequest, HttpResponse, Resource, Responder, web};

use super::answer::{nowhere, plain_problem, wants_page};
use super::shared::Shared;

/// An address.
pub(super) struct Methods {
    resource: Resource,
    taken: Vec<Method>,
}

impl Methods {
    /// The address that this pattern of the router says, without any method yet.
    pub(super) fn at(path: impl Into<String>) -> Self {
        Self::of(web::resource(path.into()))
    }

    /// The same of a resource that holds more than its handlers.
    pub(super) fn of(resource: Resource) -> Self {
        Self {
            resource,
            taken: Vec::new(),
        }
    }

    /// `handler` answers `method`.
    pub(super) fn on<F, Args>(mut self, method: Method, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        let route = web::method(method.clone()).to(handler);
        self.resource = self.resource.route(route);
        self.taken.push(method);
        self
    }

    /// GET and HEAD alike: for what only shows.
    pub(super) fn shown_by<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.on(Method::GET, handler.clone())
            .on(Method::HEAD, handler)
    }

    /// All of it, for what is wrapped around it.
    pub(super) fn resource(self) -> Resource {
        let taken = self.taken;
        let others = move |request: HttpRequest, shared: web::Data<Shared>| {
            let answer = not_taken(&request, &shared, &taken);
            async move { answer }
        };
        self.resource.default_service(web::to(others))
    }
}

impl HttpServiceFactory for Methods {
    fn register(self, config: &mut AppService) {
        self.resource().register(config);
    }
}

/// 405, and which methods the address takes; a page for a person, who typed what only a form asks for.
pub(super) fn not_taken(request: &HttpRequest, shared: &Shared, taken: &[Method]) -> HttpResponse {
    let mut answer = if wants_page(request) {
        nowhere(request, shared)
    } else {
        let detail = "This address does not take that method.";
        plain_problem(StatusCode::METHOD_NOT_ALLOWED, detail)
    };
    *answer.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    let names: Vec<&str> = taken.iter().map(Method::as_str).collect();
    if let Ok(names) = HeaderValue::try_from(names.join(", ")) {
        answer.headers_mut().insert(ALLOW, names);
    }
    answer
}
