//! What is believed: every algorithm, by PEM and by JWKS, and what the claims come to.

use super::*;
use crate::visitor::{Group, Level};

fn signers() -> Vec<Signer> {
    vec![
        Signer::secret("HS256", &SECRET[..32]),
        Signer::secret("HS384", SECRET),
        Signer::secret("HS512", SECRET),
        Signer::rsa("RS256", KeySize::Rsa2048),
        Signer::rsa("RS384", KeySize::Rsa2048),
        Signer::rsa("RS512", KeySize::Rsa2048),
        Signer::rsa("PS256", KeySize::Rsa2048),
        Signer::rsa("PS384", KeySize::Rsa2048),
        Signer::rsa("PS512", KeySize::Rsa2048),
        Signer::ec("ES256"),
        Signer::ec("ES384"),
        Signer::ed(),
    ]
}

fn visitor(rules: &TokenRules, claims: &Value) -> Result<Visitor, Unbelieved> {
    let signer = Signer::secret("HS256", SECRET);
    rules.believe(&signer.token(claims), &signer.keys(), now())
}

#[test]
fn every_algorithm_is_believed_by_its_key_and_by_no_other() {
    let signers = signers();
    for signer in &signers {
        let rules = rules(signer.algorithm);
        let token = signer.token(&claims());
        let ann = rules.believe(&token, &signer.keys(), now());
        assert_eq!(ann.expect(signer.algorithm).name(), Some("ann"));
        for other in signers.iter().filter(|other| other.jwk != signer.jwk) {
            if let Ok(keys) = Keys::read(rules.algorithm, &other.file) {
                let foreign = rules.believe(&token, &keys, now());
                assert_eq!(foreign, Err(Unbelieved::Signature), "{}", signer.algorithm);
            }
        }
        if signer.jwk.is_null() {
            continue;
        }
        let mut jwk = signer.jwk.clone();
        jwk["kid"] = json!("one");
        jwk["use"] = json!("sig");
        jwk["alg"] = json!(signer.algorithm);
        jwk["key_ops"] = json!(["verify"]);
        let others: Vec<&Value> = signers
            .iter()
            .map(|other| &other.jwk)
            .filter(|it| it.is_object())
            .collect();
        let mut set = vec![json!({"kty": "new"}), jwk];
        set.extend(
            others
                .into_iter()
                .filter(|it| it["kty"] != signer.jwk["kty"])
                .cloned(),
        );
        let file = json!({"keys": set}).to_string();
        let keys = Keys::read(rules.algorithm, file.as_bytes()).expect("keys");
        assert!(
            rules.believe(&token, &keys, now()).is_ok(),
            "the only one of its kind"
        );
        let named = |kid: &str| {
            let header = json!({"alg": signer.algorithm, "kid": kid}).to_string();
            let token = signer.token_of(&header, &claims().to_string());
            rules.believe(&token, &keys, now()).map(|_| ())
        };
        assert_eq!(named("one"), Ok(()));
        assert_eq!(named("two"), Err(Unbelieved::NoKey));
    }
}

#[test]
fn of_several_keys_the_token_names_one() {
    let (old, new) = (Signer::ed(), Signer::ed());
    let file = |names: [Value; 2]| {
        let mut set = [old.jwk.clone(), new.jwk.clone()];
        for (jwk, name) in set.iter_mut().zip(names) {
            if !name.is_null() {
                jwk["kid"] = name;
            }
        }
        let rules = rules("EdDSA");
        Keys::read(rules.algorithm, json!({"keys": set}).to_string().as_bytes())
    };
    let keys = file([json!("old"), json!("new")]).expect("keys");
    let believe = |signer: &Signer, kid: Value| {
        let mut header = json!({"alg": "EdDSA"});
        if !kid.is_null() {
            header["kid"] = kid;
        }
        let token = signer.token_of(&header.to_string(), &claims().to_string());
        rules("EdDSA").believe(&token, &keys, now()).map(|_| ())
    };
    assert_eq!(believe(&old, json!("old")), Ok(()));
    assert_eq!(believe(&new, json!("new")), Ok(()));
    assert_eq!(believe(&new, json!("old")), Err(Unbelieved::Signature));
    for kid in [
        Value::Null,
        json!(""),
        json!("../../etc/passwd"),
        json!(1),
        json!(["new"]),
    ] {
        assert_eq!(believe(&new, kid), Err(Unbelieved::NoKey));
    }
    assert!(file([json!("one"), json!("one")]).is_err());
    assert!(file([Value::Null, Value::Null]).is_err());
}

#[test]
fn organizrs_claims_come_to_a_visitor_with_a_level() {
    let mut rules = rules("HS256");
    rules.issuer = Some("Organizr".to_owned());
    rules.audience = Some("Organizr".to_owned());
    // As the documents show it, and as the code writes it.
    for name in ["username", "name"] {
        let claims = json!({
            "iss": "Organizr", "aud": "Organizr", "jti": "4f1g23a12aa", "iat": NOW, "nbf": NOW, "exp": NOW + 604_800,
            name: "myusername", "group": "Co-Admin", "groupID": 1, "email": "mail@spam.com",
            "image": "https://www.gravatar.com/avatar/901d703edb7a7f21a92ae87f29484d01?s=100&d=mm", "userID": 1
        });
        let visitor = visitor(&rules, &claims).expect("believed");
        assert_eq!(&*visitor.by(), "jwt:myusername");
        assert_eq!(visitor.email, "mail@spam.com".parse().ok());
        assert_eq!(visitor.groups, Group::list("Co-Admin"));
        assert_eq!(visitor.level, Level::try_from(1).ok());
    }
}

#[test]
fn a_name_for_show_is_not_who_it_is() {
    let rules = rules("HS256");
    let name = |more: Value| {
        let visitor = visitor(&rules, &with(&more)).ok();
        visitor.and_then(|visitor| visitor.name().map(str::to_owned))
    };
    let is = |text: &str| Some(text.to_owned());
    assert_eq!(name(json!({"sub": "7", "name": "Bob"})), is("ann"));
    assert_eq!(
        name(json!({"username": null, "sub": "7", "name": "root"})),
        is("7")
    );
    assert_eq!(
        name(json!({"username": null, "sub": "7", "preferred_username": "root"})),
        is("7")
    );
    assert_eq!(name(json!({"username": null, "name": "bob"})), is("bob"));
    assert_eq!(
        name(json!({"username": null, "email": "a@b.org"})),
        is("a@b.org")
    );
    assert_eq!(
        name(json!({"username": null, "email": "a@b.org", "email_verified": false})),
        None
    );
    assert_eq!(name(json!({"username": null})), None);
    let mut asked = rules.clone();
    asked.claims.user = Some("preferred_username".to_owned());
    let bob = visitor(&asked, &with(&json!({"preferred_username": "bob"})));
    assert_eq!(bob.expect("believed").name(), Some("bob"));
    let none = visitor(&asked, &with(&json!({"email": "a@b.org"})));
    assert_eq!(
        none,
        Err(Unbelieved::Nameless),
        "a claim that is asked for is needed"
    );
}

#[test]
fn claims_go_by_the_names_in_the_settings() {
    let mut rules = rules("HS256");
    rules.claims = ClaimNames {
        user: Some("uid".to_owned()),
        email: Some("mail".to_owned()),
        groups: Some("roles".to_owned()),
        level: Some("rank".to_owned()),
    };
    let claims = with(&json!({
        "uid": "bob", "mail": "Bob@example.org", "roles": ["a b", "7", "c"], "rank": "4",
        "email": "x@x.org", "groups": ["x"], "groupID": 0,
    }));
    let visitor = visitor(&rules, &claims).expect("believed");
    assert_eq!(visitor.name(), Some("bob"));
    assert_eq!(visitor.email, "bob@example.org".parse().ok());
    assert_eq!(visitor.groups, Group::list("a b,c"));
    assert_eq!(visitor.level, Level::try_from(4).ok());
}

#[test]
fn malformed_names_give_nobody_and_not_half_a_visitor() {
    let rules = rules("HS256");
    for (more, claim) in [
        (json!({"username": " ann"}), "user"),
        (json!({"username": "a\nb"}), "user"),
        (json!({"username": "a".repeat(129)}), "user"),
        (json!({"username": 7}), "user"),
        (json!({"username": ["ann"]}), "user"),
        (json!({"email": "ann"}), "email"),
        (json!({"email": ["ann@example.org"]}), "email"),
        (json!({"groups": {"staff": true}}), "groups"),
        (json!({"groups": ["staff", 7]}), "groups"),
        (json!({"group": 7}), "groups"),
        (json!({"groupID": -1}), "level"),
        (json!({"groupID": 1000}), "level"),
        (json!({"groupID": 0.5}), "level"),
        (json!({"groupID": "0 "}), "level"),
        (json!({"groupID": "0x0"}), "level"),
        (json!({"groupID": [0]}), "level"),
        (json!({"groupID": false}), "level"),
    ] {
        assert_eq!(
            visitor(&rules, &with(&more)),
            Err(Unbelieved::Claim(claim)),
            "{more}"
        );
    }
    let many = vec!["g"; crate::visitor::GROUPS + 1];
    let visitor = visitor(&rules, &with(&json!({"groups": many, "groupID": ""})));
    let visitor = visitor.expect("believed");
    assert!(visitor.groups.is_empty() && visitor.level.is_none());
}
