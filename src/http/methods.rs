//! An address and the methods that it takes; any other is 405, and told which ones there are (RFC 9110, 15.5.6).
//!
//! It must never take one method for another: HEAD is answered where it is named, since a GET may do something, such as to
//! mint a key or to take a ticket.

use std::pin::Pin;
use std::rc::Rc;

use actix_web::dev::{AppService, HttpServiceFactory, ServiceRequest, ServiceResponse, fn_service};
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::{
    Error, FromRequest, Handler, HttpRequest, HttpResponse, Resource, Responder, Route, web,
};

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
    pub(super) fn on<F, Args>(self, method: Method, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.routed(method, answering(handler))
    }

    fn routed(mut self, method: Method, handler: Handling) -> Self {
        let route = by(web::method(method.clone()), handler);
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
        self.resource.default_service(any(others))
    }
}

impl HttpServiceFactory for Methods {
    fn register(self, config: &mut AppService) {
        self.resource().register(config);
    }
}

/// `handler` answers whatever method.
pub(super) fn any<F, Args>(handler: F) -> Route
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    by(web::route(), answering(handler))
}

fn by(route: Route, handler: Handling) -> Route {
    route.service(fn_service(move |request| handler(request)))
}

/// What a handler makes of a request.
type Answer = Pin<Box<dyn Future<Output = Result<ServiceResponse, Error>>>>;
/// A handler of any kind.
type Handling = Rc<dyn Fn(ServiceRequest) -> Answer>;

/// What actix makes of `handler`, but of one type for all of them. What sets a service up for each worker is compiled for
/// each type of handler and stands beside its code: a server would have a piece of each in memory from its start on.
fn answering<F, Args>(handler: F) -> Handling
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    Rc::new(move |request: ServiceRequest| {
        let handler = handler.clone();
        Box::pin(async move {
            let (request, mut payload) = request.into_parts();
            let answer = match Args::from_request(&request, &mut payload).await {
                Ok(asked) => handler.call(asked).await.respond_to(&request),
                Err(error) => return Ok(ServiceResponse::from_err(error, request)),
            };
            Ok(ServiceResponse::new(request, answer.map_into_boxed_body()))
        })
    })
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
