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

use actix_web::web;

pub(super) use frame::{Frame, Here, page};
pub(super) use row::{Row, When};
pub(super) use who::{Asker, Side};

use super::assets;
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
        let resource = |path: String| web::resource(path).app_data(side);
        config
            .service(resource(at(list)).route(web::get().to(list::get)))
            .service(resource(of("revoke")).route(web::post().to(revoke::post)))
            .service(resource(of("narrow")).route(web::post().to(change::narrow)))
            .service(resource(of("derive")).route(web::post().to(change::derive)))
            .service(resource(of("link")).route(web::post().to(change::link)));
        if side == Side::All {
            config.service(
                resource(of("new"))
                    .route(web::get().to(create::get))
                    .route(web::post().to(create::post)),
            );
            config.service(resource(of("visitor")).route(web::get().to(visitor::get)));
            config.service(
                resource(of("prune"))
                    .route(web::get().to(prune::get))
                    .route(web::post().to(prune::post)),
            );
        }
        config.service(resource(one).route(web::get().to(show::get)));
    }
    // A refusal there is the same page as anywhere, whose way to its style starts there.
    for path in [
        "/admin/assets/{name}",
        "/admin/keys/assets/{name}",
        "/keys/assets/{name}",
    ] {
        config.route(&at(path), web::get().to(assets::serve));
    }
}
