//! `/enter?ticket=`: a ticket becomes a session, once. With a key in place of a ticket it is the gate's.

use actix_session::SessionExt as _;
use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse, web};

use super::answer::ForPerson;
use super::query::Query;
use super::shared::{Shared, moment};
use super::{facts, gate, session, who};
use crate::access::{Asked, Fresh, Issued, Moment};
use crate::error::{Kind, Refused};
use crate::names::{Basename, Dirname, Scope};
use crate::store::TicketFile;

/// Longest ticket.
const TICKET_CHARS: usize = 64;

/// GET: a fresh session id with the ticket's grants, then on to the file's bookmark or to the start page.
pub(super) async fn get(
    request: HttpRequest,
    shared: web::Data<Shared>,
) -> Result<HttpResponse, ForPerson> {
    if !facts::navigation(&request) {
        return Err(Refused::new(Kind::Refused, "only a navigation enters").into());
    }
    let now = moment();
    let query = Query::of(&request)?;
    if query.value("accesskey").is_some() && query.value("ticket").is_none() {
        return Ok(gate::enter::page(&request, &shared).await?);
    }
    let ticket = query.needed("ticket", "the parameter ticket is missing")?;
    if ticket.len() > TICKET_CHARS {
        return Err(Refused::new(Kind::Refused, "no ticket is that long").into());
    }
    let ticket = shared
        .entry
        .redeem(ticket, &shared.access.secrets, now.time)
        .await?;
    let local = facts::connection(&request, &shared).counts_as_local();
    if ticket.grant.is_none() && !local {
        return Err(Refused::new(
            Kind::Refused,
            "a local ticket on a connection that is not local",
        )
        .into());
    }
    let holder = shared
        .entry
        .entered(session::holder(&request), &ticket, now.time)
        .await?;
    session::hold(&request.get_session(), &holder)?;
    let location = match &ticket.file {
        None => "./".to_owned(),
        Some(file) => bookmark(&request, &shared, &holder, file, now).await?,
    };
    Ok(HttpResponse::SeeOther()
        .insert_header((LOCATION, location))
        .finish())
}

async fn bookmark(
    request: &HttpRequest,
    shared: &Shared,
    holder: &crate::access::Holder,
    file: &TicketFile,
    now: Moment,
) -> Result<String, Refused> {
    let known = who::known(request, shared, holder, now).await?;
    let asked = Asked {
        dirname: Dirname::parse(&file.dirname)?,
        basename: Basename::parse(&file.basename)?,
        scope: Scope::File,
        rights: None,
        life: None,
        label: None,
        passphrase: None,
    };
    match shared
        .access
        .issue(&known, asked, Fresh::Allowed(&shared.new_keys), now)
        .await?
    {
        Issued::Key(key) => Ok(format!("./?accesskey={}", key.reveal())),
        // It is typed on the page there.
        Issued::WantsPassphrase => Ok(ask_of(file)),
        Issued::WouldBeNew => Err(Refused::new(Kind::Refused, "nothing was issued")),
    }
}

fn ask_of(file: &TicketFile) -> String {
    let start = "./redirect?".to_owned();
    let behind = start.len();
    let mut query = form_urlencoded::Serializer::for_suffix(start, behind);
    query
        .append_pair("dirname", &file.dirname)
        .append_pair("basename", &file.basename);
    query.finish()
}
