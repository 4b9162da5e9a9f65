//! The pages that manage keys: `/admin` for administrators, `/keys` for a visitor's own, and what both may do.
//!
//! A change needs our own origin and a token of this session; what is not theirs looks like what is not there. No page
//! holds a key but the one that shows a bookmark because somebody asked for it.

mod bookmark;
mod change;
mod create;
mod form;
mod frame;
mod known;
mod list;
mod prune;
mod revoke;
mod row;
mod show;
mod trace;
mod visitor;
mod wanted;
mod who;

use std::sync::Arc;

use actix_web::http::Method;
use actix_web::web;

pub(super) use frame::{Frame, Here, page};
pub(super) use row::{Row, When};
pub(super) use who::{Asker, Side};

use super::assets;
use super::methods::Methods;
use super::shared::Shared;

/// The routes.
pub(super) fn routes(config: &mut web::ServiceConfig, shared: &Arc<Shared>) {
    let base = shared.base_path.trim_end_matches('/').to_owned();
    let at = |path: &str| format!("{base}{path}");
    for side in [Side::All, Side::Own] {
        let (list, prefix) = match side {
            Side::All => ("/admin", "/admin/"),
            Side::Own => ("/keys", "/keys/"),
        };
        let of = |path: &str| at(&format!("{prefix}{path}"));
        let one = match side {
            Side::All => of("keys/{id}"),
            Side::Own => of("{id}"),
        };
        let resource = |path: String| Methods::of(web::resource(path).app_data(side));
        config
            .service(resource(at(list)).on(Method::GET, list::get))
            .service(resource(of("revoke")).on(Method::POST, revoke::post))
            .service(resource(of("narrow")).on(Method::POST, change::narrow))
            .service(resource(of("derive")).on(Method::POST, change::derive))
            .service(resource(of("link")).on(Method::POST, change::link));
        if side == Side::All {
            config.service(
                resource(of("new"))
                    .on(Method::GET, create::get)
                    .on(Method::POST, create::post),
            );
            config.service(resource(of("visitor")).on(Method::GET, visitor::get));
            config.service(
                resource(of("prune"))
                    .on(Method::GET, prune::get)
                    .on(Method::POST, prune::post),
            );
        }
        config.service(resource(one).on(Method::GET, show::get));
    }
    // A refusal there is the same page as anywhere, whose way to its style starts there.
    for path in [
        "/admin/assets/{name}",
        "/admin/keys/assets/{name}",
        "/keys/assets/{name}",
    ] {
        config.service(Methods::at(at(path)).shown_by(assets::serve));
    }
}
